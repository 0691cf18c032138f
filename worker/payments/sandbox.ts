/**
 * The embedded default: payments that are only pretended. Its page is one of ours, and everything that it tells goes
 * the way of a real provider's word.
 */
import { ok } from '../../entitlements/result.ts'
import { originOf } from '../respond.ts'
import type { Call } from '../route.ts'
import type { PaymentProvider } from './provider.ts'

export const SANDBOX = 'sandbox'

/** Nothing is asked of anybody: the session's row is all that there is, on either side. */
export function sandboxProvider({ request }: Pick<Call, 'request'>): PaymentProvider {
  return {
    name: SANDBOX,
    openCheckout: async ({ sessionId }) =>
      ok({ url: `${originOf(request)}/checkout/${sessionId}`, reference: sessionId }),
    expireCheckout: async () => ok(null),
    readCheckout: async () => ok('open'),
  }
}
