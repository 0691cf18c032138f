import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../support/storefront.ts'
import { tell } from '../support/telling.ts'

/** What a biller may tell of one subscription that can be had from another. */
const TOLD: Readonly<Record<string, readonly [type: string, data: object]>> = {
  'paid for': ['payment_succeeded', {}],
  'not paid for': ['payment_failed', {}],
  'refunded in part': ['refunded', { full: false }],
  'moved up': ['changed', { planId: 'max' }],
  'to move down': ['changed', { planId: 'starter', when: 'period_end' }],
  'where it is': ['changed', { planId: 'pro', chargePeriod: 'monthly' }],
  'to end': ['canceled', { when: 'period_end' }],
  'not to end': ['uncanceled', {}],
  'cancelled at once': ['canceled', { when: 'now' }],
  paused: ['paused', {}],
  resumed: ['resumed', {}],
  disputed: ['disputed', {}],
}

const NAMES = Object.keys(TOLD)
const PAIRS = NAMES.flatMap((first) => NAMES.map((second) => [first, second] as const))

/** Where the word that comes late cannot be given its place any more: what is newer stays as it is. */
const KEPT_NEWER = [['moved up', 'to move down']]

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
  await bodyOf(
    store.api.put('/plans/max', {
      rank: 3,
      prices: [{ chargePeriod: 'monthly', amount: 9900, currency: 'USD' }],
    }),
  )
})

afterEach(() => {
  vi.useRealTimers()
})

/** What a subscription is once it was told so; of grace only that there is one. */
async function endOf(customerId: string, told: readonly (readonly [string, string])[]) {
  const taken = { customerId, planId: 'pro', chargePeriod: 'monthly', reference: customerId }
  const { id } = await tell('subscribed', taken)
  for (const [name, timestamp] of told) {
    const [type = '', data] = TOLD[name] ?? []
    const answer = await tell(type, { reference: customerId, ...data }, { timestamp })
    if (answer.code !== 200) throw new Error(JSON.stringify(answer))
  }
  const held = await bodyOf(store.api.get(`/subscriptions/${id}`))
  const { status, planId, pendingChange, cancelAt, endedBecause, grace } = held
  if (status === 'ended') return { status, endedBecause }
  return { status, planId, pendingChange, cancelAt, endedBecause, isInGrace: grace !== null }
}

describe('two words of a biller', () => {
  it('come to the same in whichever order they arrive', async () => {
    clockAt('2026-02-02T00:00:00Z')
    const isSame = await Promise.all(
      PAIRS.map(async ([first, second], at) => {
        const earlier = [first, '2026-02-01T00:00:00Z'] as const
        const later = [second, '2026-02-01T00:00:01Z'] as const
        const inOrder = await endOf(`in-order-${at}`, [earlier, later])
        const shuffled = await endOf(`shuffled-${at}`, [later, earlier])
        return JSON.stringify(inOrder) === JSON.stringify(shuffled)
      }),
    )
    expect(PAIRS.filter((_, at) => !isSame[at])).toEqual(KEPT_NEWER)
  }, 120_000)
})

describe('many words of a biller', () => {
  /** Words in their order, and an order in which they arrive, each twice. */
  const story = (told: readonly string[]) =>
    fc
      .array(fc.constantFrom(...told), { minLength: 5, maxLength: 5 })
      .map((names) => names.map((name, n) => [name, `2026-02-01T00:00:0${n}Z`] as const))
      .chain((words) =>
        fc.record({
          words: fc.constant(words),
          arriving: fc.shuffledSubarray([...words, ...words], { minLength: 10 }),
        }),
      )

  // Of the two whose sum cannot be had, one at a time.
  it.each(['moved up', 'to move down'])(
    'come to the same however they are shuffled, without “%s”',
    async (one) => {
      clockAt('2026-02-02T00:00:00Z')
      const stories = fc.sample(story(NAMES.filter((name) => name !== one)), {
        seed: 26,
        numRuns: 16,
      })
      const ends = stories.map(async ({ words, arriving }, at) => ({
        words,
        inOrder: await endOf(`in-order-${at}`, words),
        shuffled: await endOf(`shuffled-${at}`, arriving),
      }))
      for (const { words, inOrder, shuffled } of await Promise.all(ends))
        expect(shuffled, JSON.stringify(words)).toEqual(inOrder)
    },
    120_000,
  )
})

describe('a word that comes late', () => {
  it('after a payment that brought access back takes nothing away', async () => {
    const about = { reference: 'bill_1' }
    await tell('subscribed', {
      customerId: 'acme',
      planId: 'pro',
      chargePeriod: 'monthly',
      ...about,
    })
    clockAt('2026-02-28T10:00:00Z')
    await tell('payment_failed', about)
    clockAt('2026-03-20T00:00:00Z')
    expect(await store.accessTo('sso')).toBe('grace_ended')
    expect(await tell('payment_succeeded', about)).toMatchObject({ status: 'active' })
    const late = await tell('payment_failed', about, { timestamp: '2026-03-02T00:00:00Z' })
    expect(late).toMatchObject({ outcome: 'late', status: 'active', grace: null })
    expect(await store.accessTo('sso')).toBe('enabled')
  })

  it('is not lost behind a newer one that speaks of something else', async () => {
    const about = { reference: 'bill_1' }
    await tell('subscribed', { customerId: 'acme', planId: 'starter', ...about })
    clockAt('2026-02-02T00:00:00Z')
    await tell('payment_succeeded', about)
    const moved = { ...about, planId: 'pro', chargePeriod: 'monthly' }
    expect(await tell('changed', moved, { timestamp: '2026-02-01T00:00:00Z' })).toMatchObject({
      outcome: 'applied',
      planId: 'pro',
    })
  })

  it('is behind what an application has passed on of the same provider', async () => {
    const { id } = await tell('subscribed', {
      customerId: 'acme',
      planId: 'starter',
      reference: 'bill_1',
    })
    clockAt('2026-02-02T00:00:00Z')
    await store.act(id, 'payment-succeeded', { occurredAt: '2026-02-01T12:00:00Z' })
    const early = { timestamp: '2026-02-01T11:00:00Z' }
    expect(await tell('payment_failed', { reference: 'bill_1' }, early)).toMatchObject({
      outcome: 'late',
    })
    const { results } = await env.DB.prepare('SELECT kind, outcome FROM payment_events').all()
    expect(results).toContainEqual({ kind: 'payment_failed', outcome: 'late' })
  })
})
