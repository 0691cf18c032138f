import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../entitlements/instant.ts'
import { statusAt } from '../../../entitlements/status.ts'
import { subscriptionOf } from '../../../schema/subscription.ts'
import type { Holder } from '../../../worker/change/holder.ts'
import { purchased } from '../../../worker/change/purchase.ts'
import type { SubscriptionRow } from '../../../worker/change/subscription-row.ts'
import { subscriptionView } from '../../../worker/change/subscription-view.ts'
import type { Billed } from '../../../worker/payments/stripe-facts.ts'
import { follow, type Scope } from '../../../worker/payments/stripe-follow.ts'

const START = Date.parse('2026-02-01T00:00:00Z')
const NEXT = Date.parse('2026-03-01T00:00:00Z')
const AFTER = Date.parse('2026-04-01T00:00:00Z')

const offered = (id: string, rank: number, priced = true) => ({
  id,
  kind: 'base' as const,
  rank,
  prices: priced ? [{ chargePeriod: 'monthly' as const, amount: 1000, currency: 'USD' }] : [],
  trialDays: 0,
  graceDays: null,
  archivedAt: null,
})

const PLANS = [offered('free', 0, false), offered('starter', 1), offered('pro', 2)]

function holderAt(now: number): Holder {
  const customer = {
    id: 'acme',
    name: null,
    email: null,
    graceDays: 3,
    metadata: {},
    clockAt: null,
    archivedAt: null,
    createdAt: START,
    revision: 1,
    syncedRevision: null,
    syncedVersion: 0,
    applyTurn: 0,
    nextDue: null,
  }
  return {
    customer: { ...TOLD, ...customer },
    subscriptions: [],
    triedPlanIds: new Set(),
    plans: new Map(PLANS.map((plan) => [plan.id, plan])),
    now,
    graceDays: 7,
  } as Holder
}

/** Columns of a customer that other parts look after. */
const TOLD = { toldUntil: START }

/** A subscription of Stripe's, bought at the start. */
function held(planId = 'starter', trialDays = 0): SubscriptionRow {
  const provider = { name: 'stripe', reference: 'sub_1' }
  const input = { planId, quantity: 1, trialDays, provider }
  const row = purchased(holderAt(START), input, 'sub_ours')
  if (!row.ok) throw new Error(row.error.code)
  return { ...row.value, revision: 1 }
}

const terms = (planId: string) => ({ planId, chargePeriod: 'monthly' as const, quantity: 1 })

/** What Stripe says of it in its first month, paid and with nothing to come. */
const PAID: Billed = {
  reference: 'sub_1',
  standing: 'settled',
  terms: terms('starter'),
  termsFrom: null,
  next: null,
  period: { startAt: START, endAt: NEXT },
  bill: 'paid',
  isRefunded: false,
  trialEndAt: null,
  owed: null,
  ending: null,
  isPaused: false,
}

const OWING: Partial<Billed> = {
  standing: 'owing',
  bill: 'awaited',
  period: { startAt: NEXT, endAt: AFTER },
  owed: { since: NEXT + 3_600_000, billedAt: NEXT },
}

interface Case {
  readonly row?: SubscriptionRow
  readonly now?: number
  readonly scope?: Scope
}

/** What follows from what Stripe says. */
function followed(
  says: Partial<Billed>,
  { row = settled(), now = START, scope = 'everything' }: Case = {},
) {
  const done = follow(holderAt(now), row, { ...PAID, ...says }, scope)
  const again = follow(holderAt(now), done.row, { ...PAID, ...says }, scope)
  // Whoever hears the same again does nothing.
  expect(again).toEqual({ row: done.row, acts: [], refused: done.refused })
  return { ...done, view: subscriptionView(done.row, now) }
}

/** Bought, and heard of once. */
function settled(): SubscriptionRow {
  return follow(holderAt(START), held(), PAID, 'everything').row
}

describe('a subscription follows Stripe', () => {
  it('in nothing where nothing differs', () => {
    expect(followed({}).acts).toEqual([])
  })

  it.each<[string, Partial<Billed>, readonly string[], Case?]>([
    [
      'is paid for the next period',
      { period: { startAt: NEXT, endAt: AFTER } },
      ['payment_succeeded'],
      { now: NEXT },
    ],
    [
      'waits for the bill of the next',
      { period: { startAt: NEXT, endAt: AFTER }, bill: 'awaited' },
      [],
      { now: NEXT },
    ],
    [
      'is waived the next',
      { period: { startAt: NEXT, endAt: AFTER }, bill: 'waived' },
      [],
      { now: NEXT },
    ],
    ['owes the next', OWING, ['payment_failed'], { now: NEXT + DAY_MS }],
    ['is on another plan', { terms: terms('pro') }, ['change']],
    ['is on a plan that nobody knows', { terms: terms('gone') }, []],
    ['has a price that is none of ours', { terms: null }, []],
    ['is to go down', { terms: terms('starter'), next: terms('starter') }, []],
    ['is to go up later', { next: terms('pro') }, ['change']],
    ['ends with the period', { ending: { at: NEXT, atPeriodEnd: true } }, ['cancel']],
    ['ends on a day', { ending: { at: NEXT + DAY_MS, atPeriodEnd: false } }, ['cancel']],
    ['is paused', { isPaused: true }, ['pause']],
    ['is over', { standing: 'over' }, ['cancel']],
    ['is refunded', { isRefunded: true }, ['refund']],
    ['is in no clear status', { standing: 'unclear', terms: terms('pro'), isPaused: true }, []],
  ])('that %s', (_, says, acts, more) => {
    expect(followed(says, more).acts).toEqual(acts)
  })

  it('into a period that is waived, without a word of a payment', () => {
    const period = { startAt: NEXT, endAt: AFTER }
    const { row } = followed({ period, bill: 'waived' }, { now: NEXT })
    expect(row).toMatchObject({ periodStartAt: NEXT, periodEndAt: AFTER })
  })

  it('into grace from when the bill was to be paid, whenever it is heard of', () => {
    for (const now of [NEXT + DAY_MS, NEXT + 2 * DAY_MS])
      expect(followed(OWING, { now }).row).toMatchObject({
        graceStartedAt: NEXT + 3_600_000,
        graceEndsAt: NEXT + 3_600_000 + 3 * DAY_MS,
      })
  })

  it('out of grace once it is paid, and out of what grace has ended', () => {
    const owing = followed(OWING, { now: NEXT + DAY_MS }).row
    for (const now of [NEXT + DAY_MS, NEXT + 30 * DAY_MS]) {
      const paid = followed({ period: { startAt: NEXT, endAt: AFTER } }, { row: owing, now })
      expect(paid.acts).toEqual(['payment_succeeded'])
      expect(paid.view).toMatchObject({ status: 'active', grace: null })
    }
  })

  it('from one debt into the next, where nobody has told that the first was paid', () => {
    const owing = followed(OWING, { now: NEXT + DAY_MS }).row
    const now = AFTER + DAY_MS
    expect(subscriptionView(owing, now)).toMatchObject({ endedBecause: 'grace_ended' })
    const owed = { since: AFTER + 3_600_000, billedAt: AFTER }
    const again = followed({ ...OWING, owed }, { row: owing, now })
    expect(again.row.graceStartedAt).toBe(owed.since)
    expect(again.view).toMatchObject({ status: 'past_due' })
    expect(again.acts).toEqual(['payment_failed'])
  })

  it('into one grace where Stripe is ahead of the customer, however often it is looked at', () => {
    const first = followed(OWING, { now: START + DAY_MS })
    expect(first.acts).toEqual(['payment_failed'])
    for (const now of [START + DAY_MS + 1_000, START + 2 * DAY_MS, START + 3 * DAY_MS]) {
      const again = followed(OWING, { row: first.row, now })
      expect(again.acts).toEqual([])
      expect(again.row.graceStartedAt).toBe(first.row.graceStartedAt)
    }
  })

  it('to the end that Stripe dates, and back from it', () => {
    const ending = { at: NEXT, atPeriodEnd: true }
    const { row, view } = followed({ ending })
    expect(row).toMatchObject({ cancelAt: NEXT, cancelAtPeriodEnd: true })
    expect(view.status).toBe('active')
    expect(followed({}, { row }).acts).toEqual(['undo'])
  })

  it('no further than what has ended by an act', () => {
    const { row } = followed({ isRefunded: true })
    expect(followed({ terms: terms('pro') }, { row }).acts).toEqual([])
    expect(followed({ isPaused: true }, { row }).acts).toEqual([])
  })

  it('not back to the plan that its downgrade has just left, while Stripe is late with it', () => {
    const pro = { ...PAID, terms: terms('pro'), next: terms('starter') }
    const row = follow(holderAt(START), { ...held('pro'), revision: 1 }, pro, 'everything').row
    expect(row.phases).toHaveLength(2)
    expect(followed(pro, { row, now: NEXT + 1_000 }).acts).toEqual([])
  })

  it('not into an end that only means that nobody bills a free plan', () => {
    const toFree = follow(holderAt(START), settled(), { ...PAID, next: null }, 'everything').row
    const pending = {
      ...toFree,
      phases: [
        ...toFree.phases.map((phase) => ({ ...phase, until: NEXT })),
        {
          planId: 'free',
          chargePeriod: null,
          quantity: 1,
          from: NEXT,
          until: null,
          atPeriodEnd: true,
        },
      ],
    }
    const ending = { at: NEXT, atPeriodEnd: true }
    expect(followed({ ending }, { row: pending }).acts).toEqual([])
    expect(followed({ ending }, { row: pending, now: NEXT + 1_000 }).acts).toEqual([])
    const over = followed({ standing: 'over', ending }, { row: pending, now: NEXT + 1_000 })
    expect(over.acts).toEqual([])
    expect(over.row).toMatchObject({ providerName: null, providerReference: null })
    expect(statusAt(subscriptionOf(over.row), NEXT + 1_000)).toBe('active')
  })

  it('in a trial that lasts as long as Stripe says, and is over when Stripe says so', () => {
    const row = held('starter', 14)
    const trialEndAt = START + 20 * DAY_MS
    const trialing: Partial<Billed> = { standing: 'trialing', trialEndAt, termsFrom: trialEndAt }
    const moved = followed(trialing, { row })
    expect(moved.row).toMatchObject({ trialEndAt, graceStartedAt: trialEndAt })
    const now = START + 5 * DAY_MS
    const paid = followed(
      { period: { startAt: now, endAt: now + 28 * DAY_MS } },
      { row: moved.row, now },
    )
    expect(paid.acts).toEqual(['end_trial', 'payment_succeeded'])
    expect(paid.view).toMatchObject({ status: 'active', grace: null })
  })

  it('in what it says of money alone, where something decided here has not reached it', () => {
    const now = NEXT + DAY_MS
    const says = { ...OWING, terms: terms('pro'), isPaused: true }
    expect(followed(says, { now, scope: 'money' }).acts).toEqual(['payment_failed'])
  })

  it('in the refund of what was paid once', () => {
    const once = { reference: 'pi_1', isRefunded: true }
    const done = follow(holderAt(START), held(), once, 'everything')
    expect(done.acts).toEqual(['refund'])
    expect(follow(holderAt(START), done.row, once, 'everything').acts).toEqual([])
  })
})
