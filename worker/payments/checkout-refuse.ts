/** A sale that was paid and cannot be had: nothing takes money without a trace. */
import { err, ok } from '../../entitlements/result.ts'
import { commit, untilCommitted } from '../change/commit.ts'
import type { Subscribing } from '../change/subscriptions.ts'
import type { Failure } from '../failures.ts'
import type { Outcome } from '../route.ts'
import { onceTold } from './apply.ts'
import { buyerOf, readSession, sessionChange, sessionStatement } from './checkout-session.ts'
import { hearing } from './heard.ts'
import type { CheckoutCompleted, PaymentEvent } from './provider.ts'

/**
 * Writes down that a payment was heard and refused: in the session, in the log of changes, and for operators. The provider
 * need not tell it again; told again all the same, it is tried anew.
 */
export function refuseCheckout(
  call: Subscribing,
  event: PaymentEvent<CheckoutCompleted>,
  { code }: Failure,
): Promise<Outcome> {
  const { sessionId } = event.fact
  const refused = ok({ body: { outcome: 'refused', sessionId, because: code } })
  return onceTold(call, event, () =>
    untilCommitted<{ readonly body: object }>(call, async () => {
      const session = await readSession(call, sessionId)
      if (session === null) return err({ code: 'session_not_found', sessionId })
      if (session.completedAt !== null || session.refusedBecause !== null) return refused
      const after = { ...session, refusedBecause: code, providerDueAt: null }
      const { row, change } = sessionChange(call, session, after)
      const customerId = buyerOf(session)
      const heard = hearing(call, event, { customerId, subscriptionId: null, outcome: 'refused' })
      const statements = [sessionStatement(call, row), heard]
      const committed = await commit(call, { ...change, customerId, statements })
      if (committed === 'lost') return committed
      console.error({ checkout: 'paid and refused', sessionId, customerId, because: code })
      return refused
    }),
  )
}
