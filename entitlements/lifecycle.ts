/**
 * The subscription lifecycle: a total table of every status and every action, and nothing that happens
 * besides it.
 */
import { DAY_MS } from './instant.ts'
import type { Instant } from './instant.ts'
import {
  ACTIONS,
  cancel,
  change,
  changeStart,
  endTrial,
  keepGrace,
  pause,
  refund,
  refundEnded,
  renew,
  restore,
  resume,
  settle,
  startGrace,
  undo,
} from './effects.ts'
import type { Action, ActionOf, Effect, Obstacle } from './effects.ts'
import type { Terms } from './phases.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { statusAt } from './status.ts'
import { SUBSCRIPTION_STATUSES } from './subscription.ts'
import type { Subscription, SubscriptionStatus } from './subscription.ts'

/** Why an action left the subscription as it was. */
export interface TransitionFailure {
  readonly code: 'transition_refused'
  readonly status: SubscriptionStatus
  readonly action: Action
  /** What would be possible at this instant. */
  readonly allowedActions: readonly Action[]
  /** `status`: the table refuses. Anything else stands in the way of this subscription or these data. */
  readonly because: 'status' | Obstacle
}

/** One cell of the table as documents print it; a null effect is a refusal. */
export interface LifecycleRow {
  readonly status: SubscriptionStatus
  readonly action: Action
  readonly effect: string | null
}

/** What makes a new subscription. */
export interface Purchase extends Terms {
  readonly id: string
  readonly startAt: Instant
  /** 0: no trial. */
  readonly trialDays: number
  /** How long access stays after a provider-driven trial until the provider speaks. */
  readonly graceMs: number
  readonly providerDriven: boolean
}

/**
 * Does an action to a subscription at `now`.
 *
 * Fails with `transition_refused`, which names the status, the action and what is allowed instead. Pure:
 * the subscription that was given is never changed, and the new one is again only dated facts. A partial refund is
 * refused in no status: it is heard without effect.
 */
export function transition<A extends Action>(
  subscription: Subscription,
  action: ActionOf<A>,
  now: Instant,
): Result<Subscription, TransitionFailure> {
  const status = statusAt(subscription, now)
  const refused = (because: TransitionFailure['because']): Result<never, TransitionFailure> =>
    err({
      code: 'transition_refused',
      status,
      action: action.action,
      allowedActions: allowedActions(subscription, now),
      because,
    })
  if ('full' in action && !action.full) return ok(subscription)
  const effect: Cell<A> = LIFECYCLE[status][action.action]
  if (effect === REFUSED) return refused('status')
  const obstacle = effect.obstacle?.(subscription, now) ?? null
  if (obstacle !== null) return refused(obstacle)
  const outcome = effect.apply(subscription, action, now)
  return outcome.ok ? outcome : refused(outcome.error)
}

/** What can be done to a subscription at `now`, in the table's order. */
export function allowedActions(subscription: Subscription, now: Instant): readonly Action[] {
  const row = LIFECYCLE[statusAt(subscription, now)]
  return ACTIONS.filter((action) => {
    const effect = row[action]
    return effect !== REFUSED && (effect.obstacle?.(subscription, now) ?? null) === null
  })
}

/**
 * The facts of a new subscription.
 *
 * Access begins at the start. After a trial it stays if the plan is free of charge; a provider has the
 * grace to speak, dated at the trial's end from the beginning; else nobody will pay and it ends there.
 */
export function purchase(bought: Purchase): Subscription {
  const { id, startAt, planId, chargePeriod, quantity, providerDriven } = bought
  const trialEndAt = bought.trialDays > 0 ? startAt + bought.trialDays * DAY_MS : null
  const owes = trialEndAt !== null && chargePeriod !== null
  return {
    id,
    startAt,
    phases: [{ planId, chargePeriod, quantity, from: startAt, until: null, atPeriodEnd: false }],
    trialEndAt,
    endsWithTrial: owes && !providerDriven,
    grace:
      owes && providerDriven
        ? { startedAt: trialEndAt, endsAt: trialEndAt + bought.graceMs }
        : null,
    pausedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    ended: null,
    billingPeriod: null,
    providerDriven,
  }
}

/** The whole table, row by row, for whoever prints it. */
export function lifecycleTable(): readonly LifecycleRow[] {
  return SUBSCRIPTION_STATUSES.flatMap((status) =>
    ACTIONS.map((action) => {
      const effect = LIFECYCLE[status][action]
      return { status, action, effect: effect === REFUSED ? null : effect.does }
    }),
  )
}

const REFUSED = 'refused'

type Cell<A extends Action> = Effect<A> | typeof REFUSED
type Row = { readonly [A in Action]: Cell<A> }

/** A missing cell does not compile. */
const LIFECYCLE: Readonly<Record<SubscriptionStatus, Row>> = {
  scheduled: {
    change: changeStart,
    cancel,
    undo,
    pause: REFUSED,
    resume: REFUSED,
    end_trial: REFUSED,
    renew,
    payment_failed: startGrace,
    payment_succeeded: settle,
    refund,
  },
  trialing: {
    change,
    cancel,
    undo,
    pause,
    resume: REFUSED,
    end_trial: endTrial,
    renew,
    payment_failed: startGrace,
    payment_succeeded: settle,
    refund,
  },
  active: {
    change,
    cancel,
    undo,
    pause,
    resume: REFUSED,
    end_trial: REFUSED,
    renew,
    payment_failed: startGrace,
    payment_succeeded: settle,
    refund,
  },
  past_due: {
    change,
    cancel,
    undo,
    pause,
    resume: REFUSED,
    end_trial: REFUSED,
    renew,
    payment_failed: keepGrace,
    payment_succeeded: settle,
    refund,
  },
  paused: {
    change,
    cancel,
    undo,
    pause: REFUSED,
    resume,
    end_trial: REFUSED,
    renew,
    payment_failed: startGrace,
    payment_succeeded: settle,
    refund,
  },
  ended: {
    change: REFUSED,
    cancel: REFUSED,
    undo: REFUSED,
    pause: REFUSED,
    resume: REFUSED,
    end_trial: REFUSED,
    renew: REFUSED,
    payment_failed: REFUSED,
    payment_succeeded: restore,
    refund: refundEnded,
  },
}
