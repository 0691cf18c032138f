/** What a provider's fact asks of the lifecycle table. */
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import { isSame } from '../../entitlements/phases.ts'
import { ok, type Result } from '../../entitlements/result.ts'
import { changeOf, type Held, paymentFailed } from '../change/actions.ts'
import type { Failure } from '../failures.ts'
import type { FactOfOne, PaymentEvent } from './provider.ts'

/** Things are already as the provider says. */
export const AS_IT_IS = 'as it is'

/** It has no effect on the subscription, and is only told on. */
export const TOLD_ON = 'told on'

/** What is to be done about a subscription. */
type Asked = ActionOf<Action> | typeof AS_IT_IS | typeof TOLD_ON

/** What is to be done about a subscription that is held so. */
export function actionFor(
  held: Held,
  { occurredAt, fact }: PaymentEvent<FactOfOne>,
): Result<Asked, Failure> {
  const { pausedAt } = held.row
  switch (fact.kind) {
    case 'payment_succeeded':
      return ok({ action: 'payment_succeeded', period: fact.period })
    case 'payment_failed':
      // A customer with a test clock lives at another time than its provider: there it fails when it is heard of.
      return ok(paymentFailed(held, held.holder.customer.clockAt === null ? { occurredAt } : {}))
    case 'refunded':
      return ok(fact.full ? { action: 'refund', full: true } : TOLD_ON)
    case 'disputed':
      return ok(TOLD_ON)
    case 'changed':
      return changed(held, fact)
    case 'canceled':
      return ok(canceled(held, fact))
    case 'paused':
      return ok(pausedAt === null ? { action: 'pause' } : AS_IT_IS)
    case 'resumed':
      return ok(pausedAt === null ? AS_IT_IS : { action: 'resume' })
  }
}

/** Hearing of the plan that is in force takes back nothing that is pending. */
function changed(
  held: Held,
  { planId, chargePeriod, quantity, when }: FactOfOne & { readonly kind: 'changed' },
): Result<Asked, Failure> {
  const terms = {
    ...(chargePeriod === undefined ? {} : { chargePeriod }),
    ...(quantity === undefined ? {} : { quantity }),
  }
  const action = changeOf(held, { planId, when, ...terms })
  const isConfirmed = when === 'now' && action.ok && isSame(action.value.to, held.terms)
  return isConfirmed ? ok(AS_IT_IS) : action
}

/** Taking back a cancellation takes back nothing else. */
function canceled({ row }: Held, { when }: FactOfOne & { readonly kind: 'canceled' }): Asked {
  if (when !== null) return { action: 'cancel', when }
  return row.cancelAt === null ? AS_IT_IS : { action: 'undo' }
}
