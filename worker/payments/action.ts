/** What a provider's fact asks of the lifecycle table. */
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import { isSame } from '../../entitlements/phases.ts'
import { ok, type Result } from '../../entitlements/result.ts'
import { changeOf, type Held, paymentFailed } from '../change/actions.ts'
import type { Failure } from '../failures.ts'
import type { FactOfOne, PaymentEvent } from './provider.ts'

/** What is to be done about a subscription; null where nothing is: it has no effect, or is so already. */
export function actionFor(
  held: Held,
  { occurredAt, fact }: PaymentEvent<FactOfOne>,
): Result<ActionOf<Action> | null, Failure> {
  switch (fact.kind) {
    case 'payment_succeeded':
      return ok({ action: 'payment_succeeded', period: fact.period })
    case 'payment_failed':
      // A customer with a test clock lives at another time than its provider: there it fails when it is heard of.
      return ok(paymentFailed(held, held.holder.customer.clockAt === null ? { occurredAt } : {}))
    case 'refunded':
      return ok(fact.full ? { action: 'refund', full: true } : null)
    case 'disputed':
      return ok(null)
    case 'changed':
      return changed(held, fact)
    case 'canceled':
      return ok(canceled(held, fact))
    case 'paused':
      return ok({ action: 'pause' })
    case 'resumed':
      return ok({ action: 'resume' })
  }
}

/** Hearing that things are as they are takes back nothing that is pending. */
function changed(
  held: Held,
  { planId, chargePeriod, quantity, when }: FactOfOne & { readonly kind: 'changed' },
): Result<ActionOf<'change'> | null, Failure> {
  const terms = {
    ...(chargePeriod === undefined ? {} : { chargePeriod }),
    ...(quantity === undefined ? {} : { quantity }),
  }
  const action = changeOf(held, { planId, when, ...terms })
  return action.ok && isSame(action.value.to, held.terms) ? ok(null) : action
}

/** Taking back a cancellation takes back nothing else. */
function canceled(
  { row }: Held,
  { when }: FactOfOne & { readonly kind: 'canceled' },
): ActionOf<'cancel'> | ActionOf<'undo'> | null {
  if (when !== null) return { action: 'cancel', when }
  return row.cancelAt === null ? null : { action: 'undo' }
}
