/** What is remembered of a customer between two dates is what working it out anew would give. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type CustomerState, factAfter } from '../../entitlements/advance.ts'
import type { Override } from '../../entitlements/allowance.ts'
import { consume } from '../../entitlements/consume.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { evaluate } from '../../entitlements/evaluate.ts'
import { grantsAt } from '../../entitlements/grant.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { catalogue, customer, METER, meter, phase, plan, subscription } from '../support/world.ts'

const START = Date.parse('2027-01-31T00:00:00Z')

const PLANS = catalogue(
  [
    plan('pro', { [METER]: meter({ limit: 50 }), sso: { enabled: true } }, { rank: 2 }),
    plan('max', { [METER]: meter({ limit: 90, reset: 'weekly' }) }, { rank: 3 }),
    plan('addon', { [METER]: meter({ limit: 5, reset: 'daily' }) }, { kind: 'addon', rank: 1 }),
    plan('free', { [METER]: meter({ limit: 3 }) }, { rank: 0, free: true }),
  ],
  'free',
)

const day = fc.integer({ min: -20, max: 120 }).map((n) => START + n * DAY_MS)
const maybe = fc.option(day)

const subscriptions: fc.Arbitrary<Subscription> = fc
  .record({
    planIds: fc.tuple(fc.constantFrom('pro', 'max', 'addon'), fc.constantFrom('pro', 'addon')),
    startAt: day,
    movesAfter: fc.option(fc.integer({ min: 1, max: 60 })),
    trialDays: fc.option(fc.integer({ min: 1, max: 30 })),
    endsWithTrial: fc.boolean(),
    graceAt: maybe,
    pausedAt: maybe,
    cancelAt: maybe,
  })
  .map(({ planIds, startAt, movesAfter, trialDays, graceAt, ...fields }) => {
    const movesAt = movesAfter === null ? null : startAt + movesAfter * DAY_MS
    const first = phase(planIds[0], startAt, { until: movesAt })
    return {
      ...subscription('', planIds[0], startAt),
      ...fields,
      phases: movesAt === null ? [first] : [first, phase(planIds[1], movesAt)],
      trialEndAt: trialDays === null ? null : startAt + trialDays * DAY_MS,
      grace: graceAt === null ? null : { startedAt: graceAt, endsAt: graceAt + 5 * DAY_MS },
    }
  })

const overrides: fc.Arbitrary<Override> = fc.record({
  featureId: fc.constant(METER),
  allowance: fc.constantFrom({ limit: 7 }, { limit: 8, reset: 'daily' as const }),
  standalone: fc.boolean(),
  startAt: day,
  expiresAt: maybe,
})

const customers: fc.Arbitrary<Customer> = fc
  .record({
    subscriptions: fc.array(subscriptions, { minLength: 1, maxLength: 3 }),
    override: fc.option(overrides),
  })
  .map((each) =>
    customer({
      subscriptions: each.subscriptions.map((one, n) => ({ ...one, id: `sub_${n}` })),
      overrides: each.override === null ? [] : [each.override],
    }),
  )

const look = fc.tuple(day, fc.constantFrom(-1, 0, 1, DAY_MS / 2)).map(([at, beside]) => at + beside)

describe('a standing', () => {
  it('gives the grants that working them out anew gives, whatever was asked before', () => {
    fc.assert(
      fc.property(customers, fc.array(look, { minLength: 2, maxLength: 12 }), (one, looks) => {
        for (const at of looks) {
          const anew = structuredClone(one)
          for (const featureId of [METER, 'sso']) {
            expect(grantsAt(one, PLANS, featureId, at)).toEqual(
              grantsAt(anew, PLANS, featureId, at),
            )
          }
          expect(factAfter(one, PLANS, at)).toBe(factAfter(anew, PLANS, at))
        }
      }),
    )
  })

  it('is of one catalogue: under another the same customer is worked out anew', () => {
    const one = customer({ subscriptions: [subscription('sub_1', 'pro', START)] })
    const other = catalogue([plan('pro', { [METER]: meter({ limit: 60 }) })])
    const limitIn = (known: typeof PLANS) => grantsAt(one, known, METER, START)[0]?.allowance
    expect([PLANS, other, PLANS].map(limitIn)).toMatchObject([
      { limit: 50 },
      { limit: 60 },
      { limit: 50 },
    ])
  })

  it('changes no answer: a state that is used answers like one that nobody has seen', () => {
    const use = fc.record({ after: fc.integer({ min: 0, max: 20 * DAY_MS }), units: fc.nat(6) })
    fc.assert(
      fc.property(customers, fc.array(use, { maxLength: 12 }), (one, uses) => {
        let state = begun(one, START)
        let now = START
        for (const { after, units } of uses) {
          now += after
          const anew = structuredClone(state)
          expect(evaluate(state, PLANS, METER, now)).toEqual(evaluate(anew, PLANS, METER, now))
          const used = consume(state, PLANS, METER, units + 1, now)
          expect(used).toEqual(consume(structuredClone(state), PLANS, METER, units + 1, now))
          if (used.outcome !== 'consumed') continue
          const lots = new Map(state.lots).set(METER, used.change.lots)
          state = { ...state, lots, advancedTo: now }
        }
      }),
    )
  })
})

function begun(one: Customer, at: Instant): CustomerState {
  return advance({ customer: one, lots: new Map(), advancedTo: 0 }, PLANS, at).state
}
