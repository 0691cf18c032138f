/** Every way of asking, beside each other: whoever asks, and by whatever, hears the same. */
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'
import { type Client as Flags, OpenFeature as Servers } from '@openfeature/server-sdk'
import { OpenFeature as Pages, type Provider } from '@openfeature/web-sdk'
import { Hono } from 'hono'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { requireFeature as inHono } from '../../sdk/hono.ts'
import { type Client, Sluice } from '../../sdk/index.ts'
import { local } from '../../sdk/local.ts'
import { requireFeature } from '../../sdk/middleware.ts'
import { EntitlementsProvider } from '../../sdk/openfeature.ts'
import { inMemorySluice } from '../../sdk/testing.ts'
import { api, callFromWorker, KEY, ORIGIN } from '../support/service.ts'
import { access, bodyOf } from './customers.ts'
import { kelviq } from './kelviq.ts'

const DEMO = JSON.parse(readFileSync('scripts/demo.json', 'utf8'))
const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id)
/** With one of each that nobody knows. */
const CUSTOMERS: readonly string[] = [...idsOf(DEMO.customers), 'nobody-at-all']
const FEATURES: readonly string[] = idsOf(DEMO.features)
const CUSTOMIZABLE = new Set(
  idsOf(DEMO.features.filter((each: { readonly type: string }) => each.type === 'customizable')),
)

const AUTHORIZATION: [string, string] = ['Authorization', `Bearer ${KEY}`]
const PATIENT = { timeoutMs: 20_000, budgetMs: 60_000 }
const sluice = new Sluice({ url: ORIGIN, key: KEY, ...PATIENT })
const waiting = { loadMs: 20_000, confirmMs: 20_000 }
const confirming = local(sluice, waiting)
const alone = local(sluice, { ...waiting, denials: 'local' })

let memory: Client
let remote: Flags
let flags: Flags

beforeAll(async () => {
  const { metadata } = await bodyOf(api.get('/customers/starter-co'))
  const world = inMemorySluice(
    { catalogue: DEMO, customers: DEMO.customers },
    { now: metadata.seededAt },
  )
  world.setNow(new Date())
  memory = world
  const headers = [AUTHORIZATION]
  await Servers.setProviderAndWait('remote', new OFREPProvider({ baseUrl: ORIGIN, headers }))
  await Servers.setProviderAndWait('sluice', new EntitlementsProvider(sluice))
  remote = Servers.getClient('remote')
  flags = Servers.getClient('sluice')
})
afterAll(async () => {
  confirming.close()
  alone.close()
  await Servers.close()
  await Pages.close()
})

/** May this customer use each feature? In the order of `FEATURES`. */
type Way = (customerId: string) => Promise<readonly boolean[]>

const each = (ask: (featureId: string) => Promise<boolean>) => Promise.all(FEATURES.map(ask))

const byClient =
  (client: () => Client): Way =>
  (customerId) =>
    each((featureId) => client().hasAccess({ customerId, featureId }))

/** A value that is refused is the default, which is none that a plan gives. */
const byFlags =
  (client: () => Flags): Way =>
  async (customerId) => {
    const asked = { targetingKey: customerId }
    return each(async (featureId) => {
      if (!CUSTOMIZABLE.has(featureId)) return client().getBooleanValue(featureId, false, asked)
      const { errorCode, reason } = await client().getObjectDetails(featureId, {}, asked)
      // A text or a number was there, and of another type than the default.
      return errorCode === 'TYPE_MISMATCH' || (errorCode === undefined && reason !== 'DISABLED')
    })
  }

const WAYS: Readonly<Record<string, Way>> = {
  'GET /v1/access': (customerId) =>
    each(async (featureId) => (await access(customerId, featureId)).hasAccess),
  'the list of entitlements': async (customerId) => {
    const { data } = await bodyOf(api.get(`/customers/${customerId}/entitlements?fresh=true`))
    return granted(data)
  },
  'our SDK': byClient(() => sluice),
  'our SDK, in process': byClient(() => confirming),
  'our SDK, in process without confirmation': byClient(() => alone),
  'our SDK, in memory': byClient(() => memory),
  'a service binding': (customerId) =>
    each(
      async (featureId) => (await callFromWorker('hasAccess', { customerId, featureId })).hasAccess,
    ),
  // One by one it is asked by kelviq-verdicts.test.ts.
  'Kelviq’s SDK': async (customerId) => {
    const all = await kelviq.entitlements.getEntitlements({ customerId })
    return FEATURES.map((featureId) => all[featureId]?.hasAccess ?? false)
  },
  'OpenFeature on a server': byFlags(() => remote),
  'OpenFeature on a server, by our provider': byFlags(() => flags),
  'OpenFeature on a page': async (customerId) => {
    const headers = [AUTHORIZATION]
    const provider = new OFREPWebProvider({ baseUrl: ORIGIN, headers, cacheMode: 'disabled' })
    await Pages.setContext(customerId, { targetingKey: customerId })
    await Pages.setProviderAndWait(customerId, provider as Provider)
    const page = Pages.getClient(customerId)
    const found = FEATURES.map((id) =>
      CUSTOMIZABLE.has(id)
        ? page.getObjectDetails(id, {}).flagMetadata['hasAccess'] === true
        : page.getBooleanValue(id, false),
    )
    await provider.onClose?.()
    return found
  },
  'a guard': (customerId) =>
    each(async (featureId) => {
      const guard = requireFeature(sluice, featureId, { customer: () => customerId })
      return isLetThrough((await guard(new Request(ORIGIN), fine)).status)
    }),
  'a guard of Hono’s': async (customerId) => {
    const app = new Hono()
    for (const id of FEATURES)
      app.get(`/${id}`, inHono(sluice, id, { customer: () => customerId }), fine)
    return each(async (id) => isLetThrough((await app.request(`/${id}`)).status))
  },
}

it.each(CUSTOMERS)('%s may do the same by every way of asking', async (customerId) => {
  const answers = await Promise.all(
    Object.entries(WAYS).map(async ([name, ask]) => [name, shown(await ask(customerId))] as const),
  )
  const { results } = await bodyOf(
    api.post('/access/batch?fresh=true', {
      items: FEATURES.map((featureId) => ({ customerId, featureId })),
    }),
  )
  const verdict = shown(results.map(({ hasAccess }: { readonly hasAccess: boolean }) => hasAccess))
  expect(Object.fromEntries(answers)).toEqual(
    Object.fromEntries(Object.keys(WAYS).map((name) => [name, verdict])),
  )
})

it('there is something to grant, and something to refuse', async () => {
  const all = await Promise.all(CUSTOMERS.map(byClient(() => sluice)))
  expect(all.flat().length).toBe(CUSTOMERS.length * FEATURES.length)
  expect(all.flat().filter((hasAccess) => hasAccess).length).toBeGreaterThan(60)
  expect(all.flat().filter((hasAccess) => !hasAccess).length).toBeGreaterThan(60)
})

/** By name, so that a difference says where it is. */
function shown(answers: readonly boolean[]): string {
  return FEATURES.filter((_, at) => answers[at]).join(' ') + ` of ${answers.length}`
}

function granted(data: readonly { readonly featureId: string; readonly hasAccess: boolean }[]) {
  const found = new Map(data.map(({ featureId, hasAccess }) => [featureId, hasAccess]))
  return FEATURES.map((featureId) => found.get(featureId) ?? false)
}

function isLetThrough(status: number): boolean {
  if (status !== 200 && status !== 402) throw new Error(`A guard answered ${status}.`)
  return status === 200
}

function fine(): Response {
  return new Response('fine')
}
