/** What a change of a subscription would do to its customer: the change up to its last step, then a comparison. */
import { advance } from '../../entitlements/advance.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { impactBetween, standingOf } from '../../entitlements/impact.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { sameJson } from '../../entitlements/json.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import type { EntitlementAnswer } from '../../schema/wire/access.ts'
import type { SubscriptionPreview } from '../../schema/wire/preview.ts'
import { entitlementAnswer } from '../../schema/answer.ts'
import { view } from '../ask/view.ts'
import { acted, type Decide } from '../change/actions.ts'
import { readCustomer } from '../change/customer-change.ts'
import { readHolder } from '../change/holder.ts'
import { readCatalogue } from '../change/stored-catalogue.ts'
import { readSubscription, type Subscribing } from '../change/subscriptions.ts'
import type { Outcome } from '../route.ts'
import { catalogueOf } from './reach.ts'

/**
 * Answers what `decide` would lead to. Fails where the change would, and with `unavailable` where what the customer
 * has used cannot be known.
 */
export async function previewChange(
  call: Subscribing,
  subscriptionId: string,
  decide: Decide,
): Promise<Outcome> {
  const row = await readSubscription(call, subscriptionId)
  if (row === null) return err({ code: 'subscription_not_found', subscriptionId })
  const { customerId } = row
  const customer = await readCustomer(call, customerId)
  const revision = customer?.revision ?? 0
  const now = customer?.clockAt ?? call.now
  const holder = await readHolder(call, customerId, { customer, revision, now })
  if (!holder.ok) return holder
  const outcome = acted(holder.value, row, decide)
  if (!outcome.ok) return outcome
  const atLeast = { revision, version: 0, catalogueRevision: 0 }
  const found = await view(call, { customerId, atLeast, reach: call.principal, ask: 'source' })
  if (found.status !== 'found') return err({ code: 'unavailable' })
  const catalogue = catalogueOf(await readCatalogue(call.ports))
  const changed = subscriptionOf(outcome.value.row)
  const at = takesEffectAt(changed, now)
  // As the object would: up to now under what holds, and from there under what would.
  const { state } = advance(found.copy.snapshot, catalogue, now)
  const after = { ...state, customer: withSubscription(state.customer, changed) }
  const pairs = [...catalogue.features.keys()].map(
    (featureId) =>
      [
        evaluate(state, catalogue, featureId, at).entitlement,
        evaluate(after, catalogue, featureId, at).entitlement,
      ] as const,
  )
  return ok({ body: previewFrom(customerId, pairs, at) })
}

type Pair = readonly [before: Entitlement, after: Entitlement]

function previewFrom(customerId: string, pairs: readonly Pair[], at: Instant): SubscriptionPreview {
  const impacts = pairs.map(([before, after]) => ({
    featureId: after.featureId,
    ...impactBetween(standingOf(before), standingOf(after)),
  }))
  const having = (condition: (impact: (typeof impacts)[number]) => boolean) =>
    impacts.filter(condition).map(({ featureId }) => featureId)
  return {
    at: new Date(at).toISOString(),
    gains: having(({ turn }) => turn === 'gain'),
    losses: having(({ turn }) => turn === 'loss'),
    changes: pairs.flatMap((pair) => {
      const [before, after] = pair.map((each) => answerFor(customerId, each, at))
      if (before === undefined || after === undefined) return []
      return isSame(before, after) ? [] : [{ featureId: after.featureId, before, after }]
    }),
    overLimit: having(({ overLimit }) => overLimit),
  }
}

/** When the terms that were asked for are those in force. */
function takesEffectAt(subscription: Subscription, now: Instant): Instant {
  return pendingPhase(subscription, now)?.from ?? Math.max(now, subscription.startAt)
}

function withSubscription(customer: Customer, changed: Subscription): Customer {
  const subscriptions = customer.subscriptions.map((each) =>
    each.id === changed.id ? changed : each,
  )
  return { ...customer, subscriptions }
}

function answerFor(customerId: string, entitlement: Entitlement, at: Instant): EntitlementAnswer {
  const access = accessTo(entitlement, 1, at)
  return entitlementAnswer({ customerId, entitlement, access, hint: null })
}

/** Another source alone is no change to whoever uses the feature. */
function isSame(before: EntitlementAnswer, after: EntitlementAnswer): boolean {
  const origin = { sources: [], inherited: false }
  return sameJson({ ...before, ...origin }, { ...after, ...origin })
}
