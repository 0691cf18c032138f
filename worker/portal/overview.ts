/** What a customer's page shows, from the source: the facts in D1 and in the customer's object, and names for them. */
import { eq, inArray, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Json } from '../../entitlements/allowance.ts'
import { billingPeriodAt } from '../../entitlements/billing.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Entitlement, MeterReading } from '../../entitlements/entitlement.ts'
import { DEFAULT_PLAN, holdingsAt } from '../../entitlements/holding.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { allowedActions, transition } from '../../entitlements/lifecycle.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import { endOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Phase, Subscription, SubscriptionStatus } from '../../entitlements/subscription.ts'
import { features, plans, type Price, type Unit } from '../../schema/tables/catalogue.ts'
import { customers } from '../../schema/tables/customers.ts'
import type { Asking } from '../attempt.ts'
import { entitlementAt, nowFor } from '../ask/evaluation.ts'
import { satisfies, view } from '../ask/view.ts'
import { EVERYTHING } from '../reach.ts'
import { database } from '../change/database.ts'
import type { Call } from '../route.ts'

export interface Overview {
  /** How the customer is called; null where nobody has said. */
  readonly name: string | null
  /** The customer's own time. */
  readonly now: Instant
  /** Base plans before add-ons; the default plan where it holds. */
  readonly held: readonly HeldPlan[]
  /** What was held last, where no base plan is held now. */
  readonly lapsed: HeldPlan | null
  readonly meters: readonly MeterLine[]
  readonly features: readonly FeatureLine[]
}

/** A plan with its terms, as it is held now or will be. */
export interface Terms {
  readonly planName: string
  readonly kind: 'base' | 'addon'
  readonly quantity: number
  /** Null: free of charge, or at prices that leave open which one is paid. */
  readonly price: Price | null
}

export interface HeldPlan extends Terms {
  /** Null for the default plan, which nobody has subscribed to. */
  readonly subscription: Subscription | null
  readonly status: SubscriptionStatus
  readonly periodEndAt: Instant | null
  readonly pending: (Terms & { readonly at: Instant }) | null
  /** When it would end if it were cancelled now; null where that cannot be done, or has been. */
  readonly cancelableAt: Instant | null
  readonly canUndo: boolean
}

interface Line {
  readonly name: string
  /** Whether it is arranged for this customer alone, and until when. */
  readonly special: { readonly until: Instant | null } | null
}

export interface MeterLine extends Line {
  readonly unit: Unit | null
  readonly reading: MeterReading
}

export interface FeatureLine extends Line {
  /** What of it the customer has; null where having it is all. */
  readonly value: Exclude<Json, null> | null
}

/** What reading it needs of a call. */
export type Looking = Asking & Pick<Call, 'atLeast'>

/** Null: there is no such customer. `unavailable`: what it has cannot be known now. */
export async function readOverview(
  call: Looking,
  customerId: string,
): Promise<Overview | null | 'unavailable'> {
  const atLeast = call.atLeast(customerId)
  const found = await view(call, { customerId, atLeast, reach: EVERYTHING, ask: 'source' })
  if (found.status === 'unknown_customer') return null
  if (found.status !== 'found' || !satisfies(found, atLeast)) return 'unavailable'
  const { customer } = found.copy.snapshot
  const { catalogue } = found.head
  const now = nowFor(found, call.now)
  const entitlements = [...catalogue.features.keys()]
    .map((featureId) => entitlementAt(found, featureId, now))
    .filter(({ missing }) => missing === null)
  const names = await readNames(call, customerId, {
    planIds: planIdsOf(customer, catalogue.defaultPlanId),
    featureIds: entitlements.map(({ featureId }) => featureId),
  })
  const all = customer.subscriptions.map((each) => heldFrom(each, names, now))
  const held = all.filter(({ status }) => status !== 'ended').toSorted(byKind)
  const fallback = holdingsAt(customer, catalogue, now).find(({ id }) => id === DEFAULT_PLAN)
  const free = fallback?.plan ? [freePlan(fallback.plan.id, names)] : []
  return {
    name: names.customerName,
    now,
    held: [...free, ...held],
    lapsed: held.some(({ kind }) => kind === 'base') ? null : lastEnded(all),
    meters: entitlements.flatMap((each) => meterLine(each, names)),
    features: entitlements.flatMap((each) => featureLine(each, names)),
  }
}

/** When a cancellation at the period's end would take effect; null where the lifecycle refuses it. */
export function cancelableAt(subscription: Subscription, now: Instant): Instant | null {
  if (subscription.cancelAt !== null) return null
  const canceled = transition(subscription, { action: 'cancel', when: 'period_end' }, now)
  return canceled.ok ? canceled.value.cancelAt : null
}

function planIdsOf({ subscriptions }: Customer, defaultPlanId: string | null): readonly string[] {
  const held = subscriptions.flatMap(({ phases }) => phases.map(({ planId }) => planId))
  return defaultPlanId === null ? held : [...held, defaultPlanId]
}

interface Names {
  readonly customerName: string | null
  readonly plans: ReadonlyMap<string, Pick<typeof plans.$inferSelect, 'name' | 'kind' | 'prices'>>
  readonly features: ReadonlyMap<string, Pick<typeof features.$inferSelect, 'name' | 'unit'>>
}

interface Named {
  readonly planIds: readonly string[]
  readonly featureIds: readonly string[]
}

async function readNames(
  { ports }: Looking,
  customerId: string,
  { planIds, featureIds }: Named,
): Promise<Names> {
  const db = database(ports.db)
  const { name, kind, prices } = plans
  const [called, planRows, featureRows] = await db.batch([
    db.select({ name: customers.name }).from(customers).where(eq(customers.id, customerId)),
    db.select({ id: plans.id, name, kind, prices }).from(plans).where(among(plans.id, planIds)),
    db
      .select({ id: features.id, name: features.name, unit: features.unit })
      .from(features)
      .where(among(features.id, featureIds)),
  ])
  return {
    customerName: called[0]?.name ?? null,
    plans: new Map(planRows.map((row) => [row.id, row])),
    features: new Map(featureRows.map((row) => [row.id, row])),
  }
}

/** One parameter however many there are: D1 binds a hundred at most. */
function among(column: SQLiteColumn, ids: readonly string[]) {
  return inArray(column, sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`)
}

function heldFrom(subscription: Subscription, names: Names, now: Instant): HeldPlan {
  const pending = pendingPhase(subscription, now)
  return {
    ...termsOf(phaseAt(subscription, now), names),
    subscription,
    status: statusAt(subscription, now),
    periodEndAt: billingPeriodAt(subscription, now)?.endAt ?? null,
    pending: pending && { ...termsOf(pending, names), at: pending.from },
    cancelableAt: cancelableAt(subscription, now),
    canUndo: allowedActions(subscription, now).includes('undo'),
  }
}

function termsOf(
  { planId, chargePeriod, quantity }: Pick<Phase, 'planId' | 'chargePeriod' | 'quantity'>,
  names: Names,
): Terms {
  const plan = names.plans.get(planId)
  const prices = plan?.prices.filter((price) => price.chargePeriod === chargePeriod) ?? []
  const [price = null, ...others] = prices
  return {
    planName: plan?.name ?? planId,
    kind: plan?.kind ?? 'base',
    quantity,
    price: others.length === 0 ? price : null,
  }
}

function freePlan(planId: string, names: Names): HeldPlan {
  return {
    ...termsOf({ planId, chargePeriod: null, quantity: 1 }, names),
    subscription: null,
    status: 'active',
    periodEndAt: null,
    pending: null,
    cancelableAt: null,
    canUndo: false,
  }
}

function byKind(a: HeldPlan, b: HeldPlan): number {
  return Number(a.kind === 'addon') - Number(b.kind === 'addon')
}

function lastEnded(all: readonly HeldPlan[]): HeldPlan | null {
  const endedAt = ({ subscription }: HeldPlan) => (subscription && endOf(subscription)?.at) ?? 0
  const ended = all.filter(({ kind, status }) => kind === 'base' && status === 'ended')
  return ended.toSorted((a, b) => endedAt(b) - endedAt(a))[0] ?? null
}

function meterLine(entitlement: Entitlement, names: Names): readonly MeterLine[] {
  const { featureId, meter } = entitlement
  if (meter === null || (meter.limit === 0 && meter.used === 0)) return []
  const unit = names.features.get(featureId)?.unit ?? null
  return [{ ...lineOf(entitlement, names), unit, reading: meter }]
}

function featureLine(entitlement: Entitlement, names: Names): readonly FeatureLine[] {
  const { enabled, value } = entitlement
  if (enabled !== true && value === null) return []
  return [{ ...lineOf(entitlement, names), value }]
}

function lineOf({ featureId, overridden, overrideExpiresAt }: Entitlement, names: Names): Line {
  return {
    name: names.features.get(featureId)?.name ?? featureId,
    special: overridden ? { until: overrideExpiresAt } : null,
  }
}
