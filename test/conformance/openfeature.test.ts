/** The clients that OpenFeature publishes, as they are: nothing is told to them but where Sluice is, and a key. */
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'
import { type Client as ServerClient, OpenFeature as Servers } from '@openfeature/server-sdk'
import {
  type Client as WebClient,
  type JsonValue,
  OpenFeature as Pages,
  type Provider,
  ProviderEvents,
} from '@openfeature/web-sdk'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { api, KEY, makeKey, ORIGIN, unique } from '../support/service.ts'
import { bodyOf, consume, customerOn, newCustomer } from './customers.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The programs of the page, as people paste them. */
const PROGRAMS = [
  ...readFileSync(join(ROOT, 'docs/openfeature.md'), 'utf8').matchAll(/^```js\n(.*?)^```/gms),
].map(([, program = '']) => program)

const HEADERS: [string, string][] = [['Authorization', `Bearer ${KEY}`]]

/** As a server asks: one request a flag, about any customer. */
let server: ServerClient

beforeAll(async () => {
  server = await serverWith([['X-API-Key', await makeKey({ scopes: ['read'] })]])
})

afterAll(async () => {
  await Servers.close()
  await Pages.close()
})

interface Listed {
  readonly featureId: string
  readonly type: string
  readonly hasAccess: boolean
  readonly reason: string
  readonly value?: JsonValue
  readonly balance?: number | 'unlimited'
}

const seed: { readonly customers: readonly { readonly id: string }[] } = JSON.parse(
  readFileSync(join(ROOT, 'scripts/demo.json'), 'utf8'),
)
const demo = seed.customers.map(({ id }) => id)

it('the demo has its customers', () => {
  expect(demo.length).toBeGreaterThanOrEqual(20)
})

describe.each(demo)('%s', (customerId) => {
  let listed: readonly Listed[]

  beforeAll(async () => {
    const { data } = await bodyOf(api.get(`/customers/${customerId}/entitlements`))
    listed = data
  })

  it('may do on a server what GET /v1/access lets it', async () => {
    await Promise.all(
      listed.map(async ({ featureId, type }) => {
        const asked = `/access?customerId=${customerId}&featureId=${featureId}`
        const answer = await bodyOf(api.get(asked))
        const context = { targetingKey: customerId }
        if (type === 'customizable') {
          const fallback = fallbackFor(answer.value)
          const value = await server.getObjectValue(featureId, fallback, context)
          expect([featureId, value]).toEqual([featureId, answer.value ?? fallback])
          return
        }
        const told = await server.getBooleanDetails(featureId, !answer.hasAccess, context)
        expect([featureId, told.value, told.variant, told.errorCode]).toEqual([
          featureId,
          answer.hasAccess,
          answer.reason,
          undefined,
        ])
        expect(told.flagMetadata).toMatchObject({ hasAccess: answer.hasAccess, type })
      }),
    )
  })

  it('sees on a page what the list of its entitlements shows', async () => {
    const { client, close } = await pageFor(customerId)
    for (const { featureId, type, hasAccess, reason, value, balance } of listed) {
      const told = client.getObjectDetails(featureId, fallbackFor(value))
      if (type === 'customizable') {
        expect([featureId, told.value]).toEqual([featureId, value ?? fallbackFor(value)])
      } else {
        expect([featureId, client.getBooleanValue(featureId, !hasAccess)]).toEqual([
          featureId,
          hasAccess,
        ])
      }
      expect([featureId, told.variant ?? reason, told.flagMetadata['hasAccess']]).toEqual([
        featureId,
        reason,
        hasAccess,
      ])
      if (type !== 'meter') continue
      const left = client.getNumberValue(`${featureId}.balance`, Infinity)
      expect([featureId, left]).toEqual([
        featureId,
        balance === 'unlimited' ? Infinity : (balance ?? 0),
      ])
    }
    await close()
  })
})

/** A default of the value's own type, which is none of the values of the demo. */
function fallbackFor(value: JsonValue | undefined): JsonValue {
  if (typeof value === 'number') return -1
  return typeof value === 'string' ? 'of the code' : { of: 'the code' }
}

describe('a server', () => {
  it('does as docs/openfeature.md shows', async () => {
    const program = PROGRAMS.find((each) => each.includes('new OFREPProvider(')) ?? ''
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      { cwd: ROOT, env: { ...process.env, SLUICE_URL: ORIGIN, SLUICE_KEY: KEY } },
    )
    expect(stdout).toBe('true\n')
  })

  it('asks for each type of value by its own name', async () => {
    const context = { targetingKey: 'boston-co' }
    expect(await server.getNumberValue('webhook-retries', 0, context)).toBe(5)
    expect(await server.getStringValue('support-level', 'mail', context)).toBe('business-hours')
    expect(await server.getObjectValue('regions', [], context)).toEqual(['us-east', 'us-west'])
    expect(await server.getObjectValue('branding', {}, context)).toMatchObject({ logo: true })
    expect(await server.getNumberValue('messages.balance', -1, context)).toBe(360)
  })

  it('hears no when a meter is exhausted, and goes on asking for everybody', async () => {
    const told = await server.getBooleanDetails('api-calls', true, { targetingKey: 'full-co' })
    expect(told).toMatchObject({ value: false, variant: 'limit_reached' })
    expect(told.flagMetadata).toMatchObject({ limit: 1000, used: 1000, balance: 0 })
    expect(await server.getBooleanValue('api-calls', false, { targetingKey: 'pro-co' })).toBe(true)
  })

  it('sees a purchase at once, and the last unit go', async () => {
    const customerId = await newCustomer()
    const may = () => server.getBooleanValue('team-members', false, { targetingKey: customerId })
    expect(await may()).toBe(false)
    const bought = { planId: 'starter', chargePeriod: 'monthly' }
    await bodyOf(api.post(`/customers/${customerId}/subscriptions`, bought))
    expect(await may()).toBe(true)
    await consume(customerId, 'team-members', 3)
    expect(await may()).toBe(false)
  })

  it.each([
    ['sso', {}, 'TARGETING_KEY_MISSING'],
    ['sso', { targetingKey: ' a' }, 'INVALID_CONTEXT'],
    ['nothing', { targetingKey: 'pro-co' }, 'FLAG_NOT_FOUND'],
    ['branding', { targetingKey: 'pro-co' }, 'GENERAL'],
    ['support-level', { targetingKey: 'boston-co' }, 'TYPE_MISMATCH'],
  ])('takes its default for %s of %j: %s', async (key, context, errorCode) => {
    const told = await server.getBooleanDetails(key, true, context)
    expect([told.value, told.errorCode]).toEqual([true, errorCode])
  })

  it('with a key that is not valid takes its default', async () => {
    const stranger = await serverWith([['Authorization', 'Bearer sluice_sk_nothing']])
    const told = await stranger.getBooleanDetails('sso', false, { targetingKey: 'enterprise-co' })
    expect([told.value, told.errorCode]).toEqual([false, 'GENERAL'])
  })
})

describe('a page', () => {
  it('takes its default where no plan gives a value, and says why not, without an error', async () => {
    const { client, close } = await pageFor('pro-co')
    const told = client.getStringDetails('support-level', 'mail')
    expect(told).toMatchObject({ value: 'mail', reason: 'DISABLED', variant: 'not_in_plan' })
    expect(told.errorCode).toBeUndefined()
    expect(client.getBooleanDetails('nothing', true).errorCode).toBe('FLAG_NOT_FOUND')
    await close()
  })

  it('polls: 304 while nothing happens, and what has changed once it has', async () => {
    const { customerId } = await customerOn('starter')
    const statuses: number[] = []
    const { client, close } = await pageFor(customerId, {
      pollInterval: 20,
      fetchImplementation: async (input, init) => {
        const response = await fetch(input, init)
        statuses.push(response.status)
        return response
      },
    })
    const changed = new Promise<readonly string[] | undefined>((resolve) => {
      client.addHandler(ProviderEvents.ConfigurationChanged, (event) =>
        resolve(event?.flagsChanged),
      )
    })
    await until(() => statuses.length >= 3)
    expect(statuses.slice(0, 3)).toEqual([200, 304, 304])
    await consume(customerId, 'team-members', 3)
    expect(await changed).toEqual(['team-members', 'team-members.balance'])
    expect(client.getBooleanValue('team-members', true)).toBe(false)
    await close()
  })

  it('that turns to another customer shows that one’s flags', async () => {
    const { client, domain, close } = await pageFor('starter-co')
    expect(client.getBooleanValue('sso', false)).toBe(false)
    await Pages.setContext(domain, { targetingKey: 'enterprise-co' })
    expect(client.getBooleanValue('sso', false)).toBe(true)
    await close()
  })

  it('keeps its flags when only what it says of itself changes', async () => {
    const { client, domain, close } = await pageFor('enterprise-co')
    await Pages.setContext(domain, { targetingKey: 'enterprise-co', plan: 'starter' })
    expect(client.getBooleanValue('sso', false)).toBe(true)
    await close()
  })
})

async function serverWith(headers: [string, string][]): Promise<ServerClient> {
  const domain = unique('server')
  await Servers.setProviderAndWait(domain, new OFREPProvider({ baseUrl: ORIGIN, headers }))
  return Servers.getClient(domain)
}

interface Page {
  readonly client: WebClient
  readonly domain: string
  readonly close: () => Promise<void>
}

/** What a page holds of one customer, with nothing kept from another time. */
async function pageFor(
  customerId: string,
  options: {
    readonly pollInterval?: number
    readonly fetchImplementation?: typeof fetch
  } = {},
): Promise<Page> {
  const domain = unique('page')
  const where = { baseUrl: ORIGIN, headers: HEADERS, cacheMode: 'disabled' } as const
  const provider = new OFREPWebProvider({ ...where, ...options })
  await Pages.setContext(domain, { targetingKey: customerId })
  await Pages.setProviderAndWait(domain, provider as Provider)
  return { client: Pages.getClient(domain), domain, close: async () => provider.onClose?.() }
}

/** Waits, turn by turn of the event loop, for what happens on its own. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
