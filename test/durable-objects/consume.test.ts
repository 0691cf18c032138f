import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CustomerObject } from '../../durable-objects/customer-object.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { fresh } from '../support/fresh.ts'
import { hostile } from '../support/hostile.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import {
  consumption,
  heldBy,
  holdClock,
  newCustomerId,
  objectOf,
  readAnswer,
  resultOf,
  rowsOf,
  surround,
  wasConsumed,
  withoutD1,
} from '../support/object.ts'
import { catalogue, customer, meter, METER, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')
const NOW = Date.parse('2027-03-10T12:00:00Z')

const PRO = plan('pro', { [METER]: meter({ limit: 400 }), sso: { enabled: true } })

let acme: Customer

beforeEach(async () => {
  await fresh()
  holdClock(NOW)
  acme = customer({ id: newCustomerId(), subscriptions: [subscription('sub_1', 'pro', START)] })
  await putCatalogue(catalogue([PRO]))
  await putCustomer(acme)
})
afterEach(() => vi.useRealTimers())

const used = async (): Promise<number | undefined> =>
  (await heldBy(acme.id)).lots.get(METER)?.[0]?.used

describe('promise 1: under concurrency', () => {
  it('grants exactly the balance to a thousand callers at once', async () => {
    const attempts = Array.from({ length: 1_000 }, (_, n) =>
      objectOf(acme.id).consume(consumption({ idempotencyKey: `k${n}` })),
    )
    const granted = (await Promise.all(attempts)).filter(wasConsumed)
    expect(granted).toHaveLength(400)
    expect(await used()).toBe(400)
  })

  it('gives one effect to a key that is in flight many times', async () => {
    const attempts = Array.from({ length: 50 }, () =>
      objectOf(acme.id).consume(consumption({ idempotencyKey: 'once', quantity: 7 })),
    )
    const answers = await Promise.all(attempts)
    expect(answers.every(wasConsumed)).toBe(true)
    expect(answers.filter((answer) => answer.status === 'done' && answer.replayed)).toHaveLength(49)
    expect(await used()).toBe(7)
  })

  it('gives one refusal to a key that is in flight many times', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    const attempts = Array.from({ length: 50 }, () =>
      objectOf(acme.id).consume(consumption({ idempotencyKey: 'refused' })),
    )
    const answers = await Promise.all(attempts)
    expect(answers.some(wasConsumed)).toBe(false)
    expect(await rowsOf(acme.id, 'SELECT key FROM outcomes')).toEqual([{ key: 'refused' }])
  })
})

it('writes three rows for an increment under a key: lot, ledger, outcome', async () => {
  const addon = plan('extra', { [METER]: meter({ limit: 50 }) }, { kind: 'addon' })
  await putCatalogue(catalogue([{ ...PRO, revision: 2 }, addon]))
  const subscriptions = [...acme.subscriptions, subscription('sub_2', 'extra', START)]
  await putCustomer({ ...acme, revision: 2, subscriptions })
  await objectOf(acme.id).consume(consumption({ idempotencyKey: 'first' }))
  const written = await runInDurableObject(objectOf(acme.id), async (object, { storage }) => {
    if (!(object instanceof CustomerObject)) throw new Error('another class')
    const changes = () => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n
    const before = changes()
    await object.consume(consumption({ idempotencyKey: 'second' }))
    return changes() - before
  })
  expect(written).toBe(3)
})

describe('a refusal', () => {
  it('leaves everything under a hard limit as it was, and says of how much it speaks', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 398 }))
    const answer = await objectOf(acme.id).consume(consumption({ quantity: 3 }))
    expect(resultOf(answer)).toMatchObject({
      consumed: false,
      quantity: 3,
      access: { hasAccess: false, reason: 'limit_reached' },
      entitlement: { meter: { used: 398, balance: 2 } },
    })
    expect(await used()).toBe(398)
  })

  it('is taken back before it leaves when D1 has the customer on a larger plan by now', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    await putCatalogue(
      catalogue([{ ...PRO, revision: NOW, allowances: larger(PRO.allowances, 500) }]),
    )
    const answer = await objectOf(acme.id).consume(consumption({ quantity: 100 }))
    expect(readAnswer(answer)).toMatchObject({ result: { consumed: true }, checked: 'source' })
    expect(await used()).toBe(500)
  })

  it('is kept under its key once D1 has confirmed it', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    const request = consumption({ idempotencyKey: 'sticky' })
    const refused = await objectOf(acme.id).consume(request)
    expect(readAnswer(refused)).toMatchObject({ checked: 'source', replayed: false })
    await objectOf(acme.id).report({
      ...request,
      idempotencyKey: null,
      behaviour: 'set',
      value: 0,
      occurredAt: null,
      enforce: false,
    })
    const again = await objectOf(acme.id).consume(request)
    expect(readAnswer(again)).toMatchObject({ replayed: true, result: { consumed: false } })
  })

  it('is answered but not kept while D1 cannot confirm it', async () => {
    await objectOf(acme.id).consume(consumption({ quantity: 400 }))
    vi.setSystemTime(NOW + 5_000)
    surround(withoutD1)
    const request = consumption({ idempotencyKey: 'unsure' })
    const refused = await objectOf(acme.id).consume(request)
    expect(readAnswer(refused)).toMatchObject({ checked: 'object', result: { consumed: false } })
    expect(await rowsOf(acme.id, 'SELECT key FROM outcomes')).toEqual([])

    hostile.clear()
    await putCatalogue(
      catalogue([{ ...PRO, revision: NOW, allowances: larger(PRO.allowances, 500) }]),
    )
    vi.setSystemTime(NOW + 60_000)
    expect(wasConsumed(await objectOf(acme.id).consume(request))).toBe(true)
  })
})

describe('promise 3: an idempotency key', () => {
  it('is answered as the first time, also after the object was restarted', async () => {
    const request = consumption({ idempotencyKey: 'order-42', quantity: 3 })
    const first = await objectOf(acme.id).consume(request)
    await evictDurableObject(objectOf(acme.id))
    await objectOf(acme.id).consume(consumption())
    const second = await objectOf(acme.id).consume(request)
    expect(second).toMatchObject({ replayed: true })
    expect(resultOf(second)).toEqual(resultOf(first))
    expect(await used()).toBe(4)
  })

  it('is refused for another request', async () => {
    await objectOf(acme.id).consume(consumption({ idempotencyKey: 'order-42' }))
    const other = consumption({ idempotencyKey: 'order-42', fingerprint: 'another body' })
    expect(await objectOf(acme.id).consume(other)).toEqual({
      status: 'failed',
      failure: { code: 'idempotency_key_reused', key: 'order-42' },
    })
    expect(await used()).toBe(1)
  })

  it.each([
    ['a UUID of version 7', (at: number) => uuid7(at)],
    ['a ULID', (at: number) => ulid(at)],
  ])('that is %s and tells a time that is no longer kept is refused', async (_, keyAt) => {
    const old = keyAt(NOW - 48 * 3_600_000 - 1)
    const young = keyAt(NOW - 48 * 3_600_000)
    expect(await objectOf(acme.id).consume(consumption({ idempotencyKey: old }))).toEqual({
      status: 'failed',
      failure: { code: 'key_expired', key: old },
    })
    const answer = await objectOf(acme.id).consume(consumption({ idempotencyKey: young }))
    expect(wasConsumed(answer)).toBe(true)
  })
})

describe('what cannot be consumed', () => {
  it.each([
    ['a boolean feature', 'sso', 'feature_not_metered'],
    ['a feature that does not exist', 'ssso', 'feature_not_found'],
    ['a feature named like a built-in property', 'constructor', 'feature_not_found'],
  ])('%s', async (_, featureId, code) => {
    const answer = await objectOf(acme.id).consume(consumption({ featureId }))
    expect(answer).toEqual({ status: 'failed', failure: { code, featureId } })
  })

  it('a feature that D1 alone knows is found there', async () => {
    await heldBy(acme.id)
    vi.setSystemTime(NOW + 5_000)
    const seats = plan('pro', { [METER]: meter(), seats: meter() }, { revision: NOW })
    await putCatalogue(catalogue([seats]))
    const answer = await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    expect(wasConsumed(answer)).toBe(true)
  })

  it('a feature that nobody can look for is not said to be missing', async () => {
    await heldBy(acme.id)
    vi.setSystemTime(NOW + 5_000)
    surround(withoutD1)
    const answer = await objectOf(acme.id).consume(consumption({ featureId: 'seats' }))
    expect(answer).toEqual({ status: 'failed', failure: { code: 'unavailable' } })
  })

  it('a soft meter beyond 2^53 − 1', async () => {
    const limit = Number.MAX_SAFE_INTEGER
    const soft = plan('pro', { [METER]: meter({ limit, enforcement: 'soft' }) }, { revision: NOW })
    await putCatalogue(catalogue([soft]))
    await objectOf(acme.id).consume(consumption({ quantity: limit }))
    const answer = await objectOf(acme.id).consume(consumption())
    const failure = { code: 'quantity_overflow', featureId: METER }
    expect(answer).toEqual({ status: 'failed', failure })
  })
})

type Allowances = typeof PRO.allowances

function larger(allowances: Allowances, limit: number): Allowances {
  const compiled = { allowance: meter({ limit }), mark: 'own' as const, fromPlanId: 'pro' }
  return new Map([...allowances, [METER, compiled]])
}

function uuid7(at: number): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}

function ulid(at: number): string {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  let text = ''
  for (let rest = at; text.length < 10; rest = Math.floor(rest / 32))
    text = digits[rest % 32] + text
  return text + '0'.repeat(16)
}
