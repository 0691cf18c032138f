/** One path for everything that is done to a running subscription; the lifecycle table decides. */
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { transition, type TransitionFailure } from '../../entitlements/lifecycle.ts'
import type { Terms } from '../../entitlements/phases.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { phaseAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { SubscriptionChange } from '../../schema/wire/subscription.ts'
import type { Failure } from '../failures.ts'
import { graceMsOf, type Holder, offeredPlan, withoutConflict } from './holder.ts'
import { invalid } from './invalid.ts'
import { changedRow, type SubscriptionRow } from './subscription-row.ts'
import { termsFor } from './terms.ts'

/** A subscription with the customer who holds it. */
export interface Held {
  readonly holder: Holder
  readonly row: SubscriptionRow
  /** The terms in force now. */
  readonly terms: Terms
}

/** What is to be done, worked out from what is held. */
export type Decide = (held: Held) => Result<ActionOf<Action>, Failure>

/** What a payment provider's event says of itself. */
export interface Told {
  readonly occurredAt?: Instant
  /** Kept in the audit log. */
  readonly reference?: string
}

/** How far ahead of ours a provider's clock may be. */
const AHEAD_MS = 5 * 60_000

/** What was done, and the row that it leads to. */
export interface Acted {
  readonly action: Action
  readonly row: SubscriptionRow
}

/** What is done, or why it is refused. */
export function acted(
  holder: Holder,
  row: SubscriptionRow,
  decide: Decide,
): Result<Acted, Failure> {
  const { now } = holder
  const before = subscriptionOf(row)
  const action = decide({ holder, row, terms: phaseAt(before, now) })
  if (!action.ok) return action
  const after = transition(before, action.value, now)
  if (!after.ok) return err(refusal(after.error))
  const conflict = withoutConflict(holder, after.value)
  if (!conflict.ok && withoutConflict(holder, before).ok) return conflict
  return ok({ action: action.value.action, row: changedRow(row, after.value, now) })
}

/** The change that a request asks for. Base plans and add-ons are different things to hold. */
export function changeOf(
  { holder, terms }: Held,
  { planId, when, ...asked }: SubscriptionChange,
): Result<ActionOf<'change'>, Failure> {
  const current = holder.plans.get(terms.planId)
  const plan = planId === current?.id ? ok(current) : offeredPlan(holder, planId)
  if (!plan.ok) return plan
  if (current !== undefined && plan.value.kind !== current.kind) {
    return invalid('/planId', current.kind === 'base' ? 'a base plan' : 'an add-on')
  }
  const to = termsFor(plan.value, asked, terms)
  if (!to.ok) return to
  const toRank = plan.value.rank
  return ok({ action: 'change', to: to.value, fromRank: current?.rank ?? toRank, toRank, when })
}

/** A failed payment, with the grace that this customer has on this plan. */
export function paymentFailed(
  { holder, terms }: Held,
  { occurredAt }: Told,
): ActionOf<'payment_failed'> {
  return {
    action: 'payment_failed',
    failedAt: occurredAt ?? holder.now,
    graceMs: graceMsOf(holder, holder.plans.get(terms.planId)),
  }
}

/** Whether something newer has been heard already: what came late never undoes it. */
export function isLate(row: SubscriptionRow, { occurredAt }: Told): boolean {
  return occurredAt !== undefined && occurredAt < (row.providerEventAt ?? -Infinity)
}

/** Refuses what says that it has not happened yet: it would silence everything until then. */
export function heard({ occurredAt }: Told, now: Instant): Result<null, Failure> {
  if (occurredAt === undefined || occurredAt <= now + AHEAD_MS) return ok(null)
  return invalid('/occurredAt', 'an instant at most five minutes ahead')
}

const BECAUSE = {
  status: undefined,
  no_billing_period: 'It has no billing period to wait for the end of: send {"when": "now"}.',
  date_passed: 'The date must lie in the future.',
  nothing_pending: 'Neither a change nor a cancellation is pending.',
  ended_by_act: 'A payment brings back what grace or a trial ended, nothing else.',
} as const satisfies Record<TransitionFailure['because'], string | undefined>

function refusal({ because, ...failure }: TransitionFailure): Failure {
  const sentence = BECAUSE[because]
  return sentence === undefined ? failure : { ...failure, because: sentence }
}
