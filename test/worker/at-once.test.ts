/** The check that waits for nothing: the words of the long way, or silence. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeToken } from '../../schema/token.ts'
import { accessAtOnce } from '../../worker/ask/at-once.ts'
import { portsFrom } from '../../worker/ports.ts'
import { edge, makeKey, ORIGIN } from '../support/edge.ts'
import { putCustomer } from '../support/intent.ts'
import { accessPath, CUSTOMER, holder, openShop } from '../support/shop.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const DAY_MS = 86_400_000

/** A token that asks for nothing: with one, a check goes the long way. */
const LONG_WAY = {
  'Consistency-Token': encodeToken({
    customerId: CUSTOMER,
    revision: 0,
    version: 0,
    catalogueRevision: 0,
  }),
}

let key: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  key = await openShop()
})

afterEach(() => {
  vi.useRealTimers()
})

function atOnce(path: string, headers: Record<string, string> = {}): Response | null {
  const url = ORIGIN + path
  const request = new Request(url, { headers: { Authorization: `Bearer ${key}`, ...headers } })
  return accessAtOnce({ request, url, path: '/v1/access', ports: portsFrom(env), now: Date.now() })
}

const warm = (path: string) => edge(key).get(path)

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

const namesIn = (headers: Headers) => [...headers.keys()].toSorted()

describe('an answer at once', () => {
  it.each([
    ['of a switch', accessPath('dashboard')],
    ['of a meter', accessPath('api-calls')],
    ['for a quantity', accessPath('api-calls', '&quantity=50')],
    ['that is a denial, just confirmed', accessPath('sso')],
    ['about a feature that nobody knows, just confirmed', accessPath('dashbord')],
  ])('%s is the long way’s, word for word', async (_, path) => {
    await warm(path)
    const long = await edge(key).get(path, LONG_WAY)
    const answered = atOnce(path)
    expect(answered?.status).toBe(200)
    expect(await answered?.json()).toEqual(long.body)
    expect(namesIn(answered?.headers ?? new Headers())).toEqual(namesIn(long.headers))
    expect(answered?.headers.get('Server-Timing')).toBe(long.headers.get('Server-Timing'))
  })

  it('warns of an override’s end from the instant on at which the long way does', async () => {
    const expiresAt = NOW + 7 * DAY_MS + 1_000
    const override = {
      featureId: 'sso',
      allowance: { enabled: true },
      standalone: true,
      startAt: 0,
      expiresAt,
      reason: null,
    }
    await putCustomer(holder(['starter'], { overrides: [override] }))
    await warm(accessPath('sso'))
    const warningsAt = async () => {
      const body: unknown = await atOnce(accessPath('sso'))?.json()
      return Object(body)['warnings']
    }
    expect(await warningsAt()).toEqual([])
    wait(1_500)
    const { body } = await edge(key).get(accessPath('sso'), LONG_WAY)
    expect(await warningsAt()).toEqual(body['warnings'])
    expect(body['warnings']).toHaveLength(1)
  })
})

describe('silence', () => {
  beforeEach(() => warm(accessPath('dashboard')))

  it('is what anything out of the ordinary meets', () => {
    expect(atOnce(accessPath('dashboard'))).not.toBeNull()
    expect(atOnce(accessPath('dashboard'), LONG_WAY)).toBeNull()
    expect(atOnce(accessPath('dashboard'), { Accept: 'text/html' })).toBeNull()
    expect(atOnce(accessPath('dashboard', '&fresh=true'))).toBeNull()
    expect(atOnce(accessPath('dashboard', '&quantity=0'))).toBeNull()
    expect(atOnce(accessPath('dashboard', '&colour=red'))).toBeNull()
    expect(atOnce(accessPath('dashboard', '&consistencyToken=x'))).toBeNull()
    expect(atOnce(accessPath('dashboard', '', 'somebody-else'))).toBeNull()
  })

  it('is what a caller meets who has to be looked up', async () => {
    const path = accessPath('dashboard')
    expect(atOnce(path, { Authorization: '' })).toBeNull()
    expect(atOnce(path, { Authorization: `Bearer ${await makeKey(['read'])}` })).toBeNull()
    const expiring = await makeKey(['read'], { expiresAt: NOW + 1_000 })
    await edge(expiring).get(path)
    expect(atOnce(path, { Authorization: `Bearer ${expiring}` })).not.toBeNull()
    wait(1_000)
    expect(atOnce(path, { Authorization: `Bearer ${expiring}` })).toBeNull()
  })

  it('is what a caller meets who may not read', async () => {
    const counter = await makeKey(['usage'])
    await edge(counter).get(accessPath('dashboard'))
    expect(atOnce(accessPath('dashboard'), { Authorization: `Bearer ${counter}` })).toBeNull()
  })

  it('begins when somebody has to read the copies again', () => {
    wait(1_999)
    expect(atOnce(accessPath('dashboard'))).not.toBeNull()
    wait(1)
    expect(atOnce(accessPath('dashboard'))).toBeNull()
  })

  it('leaves to the object what the edge must not decide', async () => {
    await warm(accessPath('sso'))
    wait(1_000)
    expect(atOnce(accessPath('sso'))).toBeNull()
    expect(atOnce(accessPath('api-calls', '&quantity=96'))).toBeNull()
  })
})
