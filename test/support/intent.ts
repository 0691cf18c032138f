/** Puts intent into D1 without the control plane, so that object tests depend on the tables alone. */
import { env } from 'cloudflare:workers'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { encodeDocument } from '../../schema/document.ts'
import { encodeHead } from '../../schema/head.ts'

/** Makes this the catalogue in force. */
export async function putCatalogue(catalogue: Catalogue): Promise<void> {
  const { revision, features, defaultPlanId } = catalogue
  const plans = [...catalogue.plans.values()]
  const head = encodeHead({
    revision,
    features,
    defaultPlanId,
    plans: new Map(plans.map((plan) => [plan.id, plan.revision])),
  })
  await env.DB.batch([
    env.DB.prepare('INSERT OR REPLACE INTO catalogue VALUES (1, ?, ?, ?)').bind(
      revision,
      defaultPlanId,
      head,
    ),
    ...plans.flatMap((plan) => [
      env.DB.prepare(
        `INSERT OR REPLACE INTO plans (id, name, kind, rank, visibility, trial_days, prices, allowances, metadata,
                                       created_at, updated_at, revision, document_revision)
         VALUES (?1, ?1, ?2, ?3, 'public', 0, '[]', '{}', '{}', 0, 0, ?4, ?5)`,
      ).bind(plan.id, plan.kind, plan.rank, revision, plan.revision),
      env.DB.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?)').bind(
        plan.id,
        plan.revision,
        encodeDocument(plan),
      ),
    ]),
  ])
}

/** Makes this what is decided about the customer. Says nothing to its object. */
export async function putCustomer(customer: Customer): Promise<void> {
  const { id, revision, createdAt, clockAt } = customer
  await env.DB.batch([
    env.DB.prepare('DELETE FROM subscriptions WHERE customer_id = ?').bind(id),
    env.DB.prepare('DELETE FROM overrides WHERE customer_id = ?').bind(id),
    env.DB.prepare(
      `INSERT INTO customers (id, metadata, created_at, revision, clock_at) VALUES (?, '{}', ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, clock_at = excluded.clock_at`,
    ).bind(id, createdAt, revision, clockAt),
    ...customer.subscriptions.map((each) => insertSubscription(id, each)),
    ...customer.overrides.map((override) =>
      env.DB.prepare(
        `INSERT INTO overrides (customer_id, feature_id, allowance, standalone, start_at, expires_at, created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?, 0, 'test')`,
      ).bind(
        id,
        override.featureId,
        JSON.stringify(override.allowance),
        Number(override.standalone),
        override.startAt,
        override.expiresAt,
      ),
    ),
  ])
}

function insertSubscription(customerId: string, each: Subscription): D1PreparedStatement {
  return env.DB.prepare(
    `INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, phases, trial_end_at, ends_with_trial,
       grace_started_at, grace_ends_at, paused_at, cancel_at, cancel_at_period_end, ended_at, ended_because,
       period_start_at, period_end_at, provider_name, metadata, created_at, revision)
     VALUES (?, ?, ?, 'active', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', 0, 1)`,
  ).bind(
    each.id,
    customerId,
    each.phases[0]?.planId,
    each.startAt,
    JSON.stringify(each.phases),
    each.trialEndAt,
    Number(each.endsWithTrial),
    each.grace?.startedAt ?? null,
    each.grace?.endsAt ?? null,
    each.pausedAt,
    each.cancelAt,
    Number(each.cancelAtPeriodEnd),
    each.ended?.at ?? null,
    each.ended?.because ?? null,
    each.billingPeriod?.startAt ?? null,
    each.billingPeriod?.endAt ?? null,
    each.providerDriven ? 'test' : null,
  )
}
