/** What a checkout page has to say of a session: the plan, and what buying it would do to what the customer has. */
import type { Instant } from '../../entitlements/instant.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import { phaseAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { PricedPlan } from '../../schema/wire/pricing.ts'
import { readCustomer } from '../change/customer-change.ts'
import { type Holder, readHolder } from '../change/holder.ts'
import { pricedPlan } from '../change/pricing.ts'
import { readCatalogue } from '../change/stored-catalogue.ts'
import type { Subscribing } from '../change/subscriptions.ts'
import { newBuyer } from './checkout-complete.ts'
import { bought, honouring } from './checkout-purchase.ts'
import { buyerOf, type SessionRow } from './checkout-session.ts'

export interface Offer {
  readonly session: SessionRow
  /** As it is now; null: the catalogue has lost it. */
  readonly plan: PricedPlan | null
  /** The name of the plan that it takes the place of. */
  readonly replaces: string | null
  /** When it would begin if it were paid now; of a completed session, when it begins. */
  readonly from: Instant
  /** The customer's own time. */
  readonly now: Instant
}

export async function offerOf(call: Subscribing, session: SessionRow): Promise<Offer> {
  const customerId = buyerOf(session)
  const [stored, known] = await Promise.all([
    readCatalogue(call.ports),
    readCustomer(call, customerId),
  ])
  const customer = known ?? newBuyer(customerId, call)
  const now = customer.clockAt ?? call.now
  const plan = stored.plans.get(session.planId)
  const offer = {
    session,
    plan: plan ? pricedPlan(plan, stored) : null,
    replaces: null,
    from: now,
    now,
  }
  const holder = await readHolder(call, customerId, { customer, revision: customer.revision, now })
  if (!holder.ok) return offer
  if (session.completedAt !== null) return { ...offer, from: startOf(holder.value, session) ?? now }
  const payment = { provider: null, period: null, occurredAt: now, isTaken: false }
  const purchase = bought(honouring(holder.value, session), session, payment, session.id)
  if (!purchase.ok || purchase.value.before === null) return offer
  const { planId } = phaseAt(subscriptionOf(purchase.value.before), now)
  const replaces = planId === session.planId ? null : (stored.plans.get(planId)?.name ?? planId)
  return { ...offer, replaces, from: purchase.value.from }
}

/** When what was bought begins, where it has not begun yet. */
function startOf({ subscriptions, now }: Holder, session: SessionRow): Instant | null {
  const row = subscriptions.find(({ id }) => id === session.subscriptionId)
  const pending = row === undefined ? null : pendingPhase(subscriptionOf(row), now)
  return pending?.planId === session.planId ? pending.from : null
}
