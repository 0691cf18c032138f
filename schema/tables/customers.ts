import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { AllowancePatch } from '../../entitlements/allowance.ts'
import type { EndedBecause, Phase, SubscriptionStatus } from '../../entitlements/subscription.ts'
import { instant, listedAt, metadata, naturals, revision } from './columns.ts'

export const customers = sqliteTable(
  'customers',
  {
    id: text('id').primaryKey(),
    name: text('name'),
    email: text('email'),
    /** Days of grace after a failed payment; NULL: the plan's, else the deployment's. */
    graceDays: integer('grace_days'),
    metadata: metadata(),
    /** The test clock; NULL wherever real time is meant. */
    clockAt: instant('clock_at'),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull(),
    revision: revision(),
    /** What the customer object has applied; NULL: there is no object yet, so nothing to tell. */
    syncedRevision: integer('synced_revision'),
    /** The object's version at its last word, so that an older word never overwrites a newer. */
    syncedVersion: integer('synced_version').notNull().default(0),
    /** In which turn of the tick the object was last told of a change that it had not applied; 0: in none. */
    applyTurn: integer('apply_turn').notNull().default(0),
    /** Until when, by the customer's clock, it has been told what time alone did. */
    toldUntil: integer('told_until').notNull().default(0),
    /** When time does something durable next, to the object or that is to be told; NULL: nothing. */
    nextDue: instant('next_due'),
  },
  (table) => [
    // The tick's pages of changes that objects have not applied, and of customers due. With the id, because thousands
    // may be due at one instant, and a page must not sort them all. Who was tried longest ago comes first, so that those
    // who fail for ever keep nobody waiting.
    index('customers_unsynced')
      .on(table.applyTurn, table.revision, table.id)
      .where(
        sql`${table.syncedRevision} IS NOT NULL AND ${table.revision} > ${table.syncedRevision}`,
      ),
    index('customers_unsynced_oldest')
      .on(table.revision)
      .where(
        sql`${table.syncedRevision} IS NOT NULL AND ${table.revision} > ${table.syncedRevision}`,
      ),
    index('customers_next_due')
      .on(table.nextDue, table.id)
      .where(sql`${table.nextDue} IS NOT NULL`),
    // Lists, newest first, of whoever is in any.
    index('customers_newest')
      .on(table.createdAt, table.id)
      .where(sql`${table.archivedAt} IS NULL`),
    index('customers_by_id').on(sql`${table.id} COLLATE NOCASE`),
    index('customers_by_name').on(sql`${table.name} COLLATE NOCASE`),
    index('customers_by_email').on(sql`${table.email} COLLATE NOCASE`),
    ...naturals(
      'customers',
      table.graceDays,
      table.clockAt,
      table.archivedAt,
      table.createdAt,
      table.revision,
      table.syncedRevision,
      table.syncedVersion,
      table.nextDue,
    ),
  ],
)

export const subscriptions = sqliteTable(
  'subscriptions',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id),
    /** For lists only, like `status`: the dated facts decide, and cron keeps these two near what they say. */
    planId: text('plan_id').notNull(),
    status: text('status').$type<SubscriptionStatus>().notNull(),
    startAt: instant('start_at').notNull(),
    phases: text('phases', { mode: 'json' }).$type<readonly Phase[]>().notNull(),
    trialEndAt: instant('trial_end_at'),
    endsWithTrial: integer('ends_with_trial', { mode: 'boolean' }).notNull(),
    graceStartedAt: instant('grace_started_at'),
    graceEndsAt: instant('grace_ends_at'),
    pausedAt: instant('paused_at'),
    cancelAt: instant('cancel_at'),
    cancelAtPeriodEnd: integer('cancel_at_period_end', { mode: 'boolean' }).notNull(),
    endedAt: instant('ended_at'),
    endedBecause: text('ended_because').$type<EndedBecause>(),
    periodStartAt: instant('period_start_at'),
    periodEndAt: instant('period_end_at'),
    providerName: text('provider_name'),
    providerReference: text('provider_reference'),
    /** When the newest event of the provider that was applied happened; an older one never undoes it. */
    providerEventAt: instant('provider_event_at'),
    /** The revision that the provider was told of, or told us; NULL: the two have never been compared. */
    providerRevision: integer('provider_revision'),
    /** When a provider that can be asked is to be told or asked next, in real time; NULL: it need not be. */
    providerDueAt: instant('provider_due_at'),
    /** The plan that a trial was given on: one trial per customer and plan, for ever. */
    trialPlanId: text('trial_plan_id'),
    metadata: metadata(),
    createdAt: instant('created_at').notNull(),
    revision: revision(),
    listedAt: listedAt(),
  },
  (table) => [
    index('subscriptions_of_customer').on(table.customerId, table.startAt),
    // Lists of subscriptions, newest first, by plan, by plan and status, and by status.
    index('subscriptions_of_plan').on(table.planId, table.id),
    index('subscriptions_by_plan').on(table.planId, table.status, table.id),
    index('subscriptions_by_status').on(table.status, table.id),
    // What a provider's event is about.
    index('subscriptions_of_provider')
      .on(table.providerName, table.providerReference, table.id)
      .where(sql`${table.providerReference} IS NOT NULL`),
    index('subscriptions_provider_due')
      .on(table.providerName, table.providerDueAt, table.id)
      .where(sql`${table.providerDueAt} IS NOT NULL`),
    // Lists of customers by who holds what.
    index('subscriptions_holders')
      .on(table.planId, table.listedAt, table.customerId)
      .where(sql`${table.status} <> 'ended' AND ${table.listedAt} >= 0`),
    index('subscriptions_listed_by_plan')
      .on(table.planId, table.status, table.listedAt, table.customerId)
      .where(sql`${table.listedAt} >= 0`),
    index('subscriptions_listed_by_status')
      .on(table.status, table.listedAt, table.customerId)
      .where(sql`${table.listedAt} >= 0`),
    // What ends next: grace, and trials.
    index('subscriptions_past_due')
      .on(table.graceEndsAt, table.id)
      .where(sql`${table.status} = 'past_due' AND ${table.listedAt} >= 0`),
    index('subscriptions_trialing')
      .on(table.trialEndAt, table.id)
      .where(sql`${table.status} = 'trialing' AND ${table.listedAt} >= 0`),
    index('subscriptions_unlisted')
      .on(table.customerId)
      .where(sql`${table.listedAt} IS NULL`),
    check(
      'subscriptions_status',
      sql`${table.status} IN ('scheduled', 'trialing', 'active', 'past_due', 'paused', 'ended')`,
    ),
    check(
      'subscriptions_pairs',
      sql`(${table.graceStartedAt} IS NULL) = (${table.graceEndsAt} IS NULL) AND (${table.endedAt} IS NULL) = (${table.endedBecause} IS NULL) AND (${table.periodStartAt} IS NULL) = (${table.periodEndAt} IS NULL)`,
    ),
    ...naturals(
      'subscriptions',
      table.startAt,
      table.trialEndAt,
      table.graceStartedAt,
      table.graceEndsAt,
      table.pausedAt,
      table.cancelAt,
      table.endedAt,
      table.periodStartAt,
      table.periodEndAt,
      table.providerEventAt,
      table.createdAt,
      table.revision,
    ),
  ],
)

export const overrides = sqliteTable(
  'overrides',
  {
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id),
    featureId: text('feature_id').notNull(),
    allowance: text('allowance', { mode: 'json' }).$type<AllowancePatch>().notNull(),
    standalone: integer('standalone', { mode: 'boolean' }).notNull(),
    startAt: instant('start_at').notNull(),
    expiresAt: instant('expires_at'),
    reason: text('reason'),
    createdAt: instant('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    /** Nowhere, too, once the tick has seen that it has expired. */
    listedAt: listedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.featureId] }),
    index('overrides_listed')
      .on(table.listedAt, table.customerId)
      .where(sql`${table.listedAt} >= 0`),
    index('overrides_expiring')
      .on(table.expiresAt)
      .where(sql`${table.expiresAt} IS NOT NULL AND ${table.listedAt} >= 0`),
    index('overrides_unlisted')
      .on(table.customerId)
      .where(sql`${table.listedAt} IS NULL`),
    ...naturals('overrides', table.startAt, table.expiresAt, table.createdAt),
  ],
)

/**
 * What each meter of a customer read when its object last said so, also what is left of one that the customer no longer
 * has: for lists and previews, never for checks.
 */
export const usageSummary = sqliteTable(
  'usage_summary',
  {
    customerId: text('customer_id').notNull(),
    featureId: text('feature_id').notNull(),
    used: integer('used').notNull(),
    /** NULL: unlimited. */
    limitUnits: integer('limit_units'),
    over: integer('over', { mode: 'boolean' }).notNull(),
    asOf: instant('as_of').notNull(),
    version: integer('version').notNull(),
    listedAt: listedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.customerId, table.featureId] }),
    index('usage_summary_over')
      .on(table.listedAt, table.customerId)
      .where(sql`${table.over} = 1 AND ${table.listedAt} >= 0`),
    // Who is nearest to a limit, or furthest past it; a limit of 0 counts as 1, so that it can be divided by.
    index('usage_summary_near')
      .on(
        sql`${table.used} * 1.0 / (${table.limitUnits} + (${table.limitUnits} = 0))`,
        table.customerId,
        table.featureId,
      )
      .where(
        sql`(${table.over} = 1 OR (${table.limitUnits} > 0 AND ${table.used} * 5 >= ${table.limitUnits} * 4)) AND ${table.listedAt} >= 0`,
      ),
    index('usage_summary_unlisted')
      .on(table.customerId)
      .where(sql`${table.listedAt} IS NULL`),
    ...naturals('usage_summary', table.used, table.limitUnits, table.asOf, table.version),
  ],
)
