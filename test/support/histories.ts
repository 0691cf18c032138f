/** Random histories of one customer: everything that can be decided, done or looked at, in any order. */
import * as fc from 'fast-check'
import type { Limit, MeterAllowance, Rollover } from '../../entitlements/allowance.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Use } from './oracle-facts.ts'
import { meter } from './world.ts'

/** What a subscription goes through; `which` picks one of those that there are. */
export type Act =
  | {
      readonly act: 'change'
      readonly planId: string
      readonly quantity: number
      readonly when: When
    }
  | { readonly act: 'cancel'; readonly when: 'now' | 'period_end' | number }
  | { readonly act: 'renew' | 'payment_succeeded'; readonly days: number | null }
  | { readonly act: 'payment_failed'; readonly daysAgo: number; readonly graceDays: number }
  | { readonly act: 'refund'; readonly full: boolean }
  | { readonly act: 'undo' | 'pause' | 'resume' | 'end_trial' }

export type When = 'auto' | 'now' | 'period_end'

/** What happens. */
export type Step =
  | { readonly do: 'use'; readonly use: Use }
  /** Another meter of the same customer moves the mark past this one's boundaries. */
  | { readonly do: 'elsewhere'; readonly units: number }
  | { readonly do: 'look' }
  | {
      readonly do: 'subscribe'
      readonly planId: string
      readonly quantity: number
      readonly trialDays: number
      readonly providerDriven: boolean
      readonly startsInDays: number
    }
  | { readonly do: 'act'; readonly which: number; readonly act: Act }
  | {
      readonly do: 'override'
      readonly patch: Partial<MeterAllowance>
      readonly standalone: boolean
      readonly startsInDays: number
      readonly days: number | null
    }
  | { readonly do: 'revert' }
  /** Null takes the meter out of the plan. */
  | { readonly do: 'edit'; readonly planId: string; readonly allowance: MeterAllowance | null }

/** When, and whether what was decided reaches the meters only after the command that follows. */
export interface Event {
  /** Milliseconds, or to the next boundary and so many milliseconds beyond it. */
  readonly wait: number | { readonly beyond: number }
  readonly late: boolean
  readonly step: Step
}

/** A catalogue's plans by what they say of the meter, and how the customer's history goes. */
export interface History {
  readonly beginAt: number
  /** Whether every meter is advanced before each command, or only where something is due, as objects do. */
  readonly watched: boolean
  readonly plans: Readonly<Record<PlanId, MeterAllowance | null>>
  readonly defaultPlanId: PlanId | null
  readonly events: readonly Event[]
}

export const PLAN_IDS = ['a', 'b', 'c', 'free', 'addon', 'addon-free'] as const
type PlanId = (typeof PLAN_IDS)[number]

const limit: fc.Arbitrary<Limit> = fc.oneof(
  { weight: 9, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.constant('unlimited' as const) },
)
const rollover: fc.Arbitrary<Rollover | null> = fc.option(
  fc.record({ percent: fc.integer({ min: 1, max: 100 }), max: fc.option(fc.nat(50)) }),
  { freq: 1 },
)
const fields = {
  limit,
  enforcement: fc.constantFrom('hard' as const, 'hard' as const, 'soft' as const),
  reset: fc.constantFrom(
    ...(['never', 'daily', 'weekly', 'every_28_days'] as const),
    ...(['monthly', 'monthly', 'quarterly', 'yearly'] as const),
  ),
  anchor: fc.constantFrom('subscription' as const, 'subscription' as const, 'calendar' as const),
  rollover,
  onPlanChange: fc.constantFrom('carry' as const, 'reset' as const),
}

const allowances: fc.Arbitrary<MeterAllowance> = fc.record(fields).map((said) => consistent(said))
const maybeAllowance = fc.option(allowances, { freq: 5 })

const patches: fc.Arbitrary<Partial<MeterAllowance>> = fc.oneof(
  limit.map((units) => ({ limit: units })),
  // No patch moves periods from the calendar to the subscription: whose lots cross an anchor since when is told
  // by dated facts, and an override that moves on to another subscription leaves none.
  fc
    .record(fields)
    .filter(({ reset }) => reset !== 'every_28_days')
    .map(({ limit: units, enforcement, reset, rollover: brings, onPlanChange }) => ({
      limit: units,
      enforcement,
      reset,
      rollover: reset === 'never' ? null : brings,
      onPlanChange,
    })),
  fc.constantFrom({ enforcement: 'soft' as const }, { reset: 'daily' as const }),
)

const units = fc.integer({ min: 1, max: 30 })
const uses: fc.Arbitrary<Use> = fc.oneof(
  { weight: 8, arbitrary: units.map((n) => ({ do: 'consume' as const, units: n })) },
  {
    weight: 4,
    arbitrary: fc
      .record({ units: fc.integer({ min: -20, max: 40 }), enforce: fc.boolean() })
      .map((said) => ({ do: 'delta' as const, ...said })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ units: fc.nat(60), enforce: fc.boolean() })
      .map((said) => ({ do: 'set' as const, ...said })),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reset' as const }) },
)

const days = fc.integer({ min: 1, max: 40 })
const sometimes = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: days })

const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('change' as const),
      planId: fc.constantFrom(...PLAN_IDS),
      quantity: fc.integer({ min: 1, max: 3 }),
      when: fc.constantFrom('auto' as const, 'now' as const, 'period_end' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('cancel' as const),
      when: fc.oneof(fc.constantFrom('now' as const, 'period_end' as const), days),
    }),
  },
  fc.record({
    act: fc.constantFrom(...(['renew', 'payment_succeeded'] as const)),
    days: fc.option(days),
  }),
  fc.record({
    act: fc.constant('payment_failed' as const),
    daysAgo: sometimes,
    graceDays: fc.nat(10),
  }),
  fc.record({ act: fc.constant('refund' as const), full: fc.boolean() }),
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom(...(['undo', 'pause', 'resume', 'end_trial'] as const)),
    }),
  },
)

const purchases: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('subscribe' as const),
  planId: fc.constantFrom(...PLAN_IDS),
  quantity: fc.integer({ min: 1, max: 3 }),
  trialDays: sometimes,
  providerDriven: fc.boolean(),
  startsInDays: sometimes,
})

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: uses.map((use) => ({ do: 'use' as const, use })) },
  { weight: 1, arbitrary: fc.nat(3).map((n) => ({ do: 'elsewhere' as const, units: n + 1 })) },
  { weight: 2, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 3, arbitrary: purchases },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('act' as const), which: fc.nat(7), act: acts }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('override' as const),
      patch: patches,
      standalone: fc.boolean(),
      startsInDays: sometimes,
      days: fc.option(days),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'revert' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      planId: fc.constantFrom(...PLAN_IDS),
      allowance: maybeAllowance,
    }),
  },
)

const waits = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat(3 * DAY_MS) },
  { weight: 1, arbitrary: fc.nat(45).map((n) => n * DAY_MS) },
  { weight: 2, arbitrary: fc.constantFrom(-1, 0, 0, 1).map((beyond) => ({ beyond })) },
)

/** Histories of up to `length` commands, each of at least one subscription. */
export function histories(length: number): fc.Arbitrary<History> {
  return fc.record({
    beginAt: fc.constantFrom(
      Date.parse('2026-01-01T00:00Z'),
      Date.parse('2026-01-31T10:00Z'),
      Date.parse('2028-02-29T23:59:59.999Z'),
    ),
    watched: fc.boolean(),
    plans: fc.record({
      a: allowances,
      b: allowances,
      c: maybeAllowance,
      free: maybeAllowance,
      addon: allowances,
      'addon-free': allowances,
    }),
    defaultPlanId: fc.constantFrom(null, 'free' as const, 'c' as const),
    events: fc
      .tuple(eventsOf(purchases, 1), eventsOf(steps, length - 1))
      .map(([first, rest]) => [...first, ...rest]),
  })
}

function eventsOf(what: fc.Arbitrary<Step>, maxLength: number): fc.Arbitrary<readonly Event[]> {
  const event = fc.record({ wait: waits, late: rarely(), step: what })
  return fc.array(event, { minLength: 1, maxLength, size: 'max' })
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(5).map((n) => n === 5)
}

function consistent(said: Partial<MeterAllowance>): MeterAllowance {
  const whole = meter(said)
  return {
    ...whole,
    anchor: whole.reset === 'every_28_days' ? 'subscription' : whole.anchor,
    rollover: whole.reset === 'never' ? null : whole.rollover,
  }
}
