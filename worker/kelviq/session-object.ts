/** A checkout session as Kelviq's clients know it. */
import type { Instant } from '../../entitlements/instant.ts'
import type { SessionAnswer, SessionStatus } from '../../schema/wire/checkout.ts'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type { Catalogue } from './catalogue.ts'
import { chargePeriodWord } from './charge-period.ts'
import { PRODUCT } from './product.ts'
import { subscriptionObject } from './subscription-object.ts'

/** Who buys, and what they have by it; null where there is nobody or nothing yet. */
export interface Outcome {
  readonly customer: CustomerAnswer | null
  readonly subscription: SubscriptionAnswer | null
}

/** The word for what has become of a session. */
const STATUS: Readonly<Record<SessionStatus, string>> = {
  open: 'open',
  completed: 'success',
  expired: 'expired',
}

/** A session in Kelviq's form. Orders, payment methods and addresses are the payment provider's. */
export function sessionObject(
  session: SessionAnswer,
  { customer, subscription }: Outcome,
  catalogue: Catalogue,
  now: Instant,
): Readonly<Record<string, unknown>> {
  const { id, status, planId, chargePeriod, quantity, price, metadata, createdAt, trialDays } =
    session
  return {
    id,
    status: STATUS[status],
    customer: customer && { customerId: customer.id, name: customer.name, email: customer.email },
    product: PRODUCT,
    currency: price?.currency ?? null,
    createdOn: createdAt,
    selectedData: {
      planIdentifier: planId,
      chargePeriod: chargePeriod && chargePeriodWord(chargePeriod),
      quantity,
    },
    metadata,
    trialPeriod: trialDays,
    discountCode: null,
    order: null,
    subscription: subscription && subscriptionObject(subscription, catalogue, now),
    paymentMethod: null,
  }
}
