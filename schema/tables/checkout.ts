import { sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import { instant, metadata, naturals, revision } from './columns.ts'

/** Somebody was sent away to pay; what a session promises holds, whatever becomes of the plan meanwhile. */
export const checkoutSessions = sqliteTable(
  'checkout_sessions',
  {
    id: text('id').primaryKey(),
    /** Who buys: as the session was asked for, else the one whom its payment has made; NULL: nobody yet. */
    customerId: text('customer_id'),
    planId: text('plan_id').notNull(),
    chargePeriod: text('charge_period').$type<ChargePeriod>(),
    quantity: integer('quantity').notNull(),
    changeWhen: text('change_when').$type<'auto' | 'now' | 'period_end'>().notNull(),
    /** Of one, in the currency's smallest unit. */
    amount: integer('amount').notNull(),
    /** NULL where the plan has no price. */
    currency: text('currency'),
    trialDays: integer('trial_days').notNull(),
    successUrl: text('success_url').notNull(),
    cancelUrl: text('cancel_url'),
    metadata: metadata(),
    /** Who takes the payment, and what they call the session; NULL: there is nothing to pay. */
    providerName: text('provider_name'),
    providerReference: text('provider_reference'),
    /** Where the customer is sent. */
    url: text('url').notNull(),
    subscriptionId: text('subscription_id'),
    /** Of the customer, once the purchase was committed: what a consistency token is made of. */
    customerRevision: integer('customer_revision'),
    /** The subscription at the provider that the purchase took the place of, which the provider is to end. */
    replacedReference: text('replaced_reference'),
    /** Why a payment that was taken has bought nothing; NULL: that has not happened. */
    refusedBecause: text('refused_because'),
    /**
     * When a provider that can be asked is to be asked what has become of the session, or told what it took the place of,
     * in real time; NULL: it need not be.
     */
    providerDueAt: instant('provider_due_at'),
    createdAt: instant('created_at').notNull(),
    /** A date, and not a job: from then on an open session is expired. */
    expiresAt: instant('expires_at').notNull(),
    completedAt: instant('completed_at'),
    revision: revision(),
  },
  (table) => [
    index('checkout_sessions_of_customer')
      .on(table.customerId, table.id)
      .where(sql`${table.customerId} IS NOT NULL`),
    index('checkout_sessions_oldest').on(table.expiresAt),
    index('checkout_sessions_provider_due')
      .on(table.providerName, table.providerDueAt, table.id)
      .where(sql`${table.providerDueAt} IS NOT NULL`),
    index('checkout_sessions_refused')
      .on(table.id)
      .where(sql`${table.refusedBecause} IS NOT NULL`),
    check(
      'checkout_sessions_completed',
      sql`(${table.completedAt} IS NULL) = (${table.subscriptionId} IS NULL) AND (${table.completedAt} IS NULL) = (${table.customerRevision} IS NULL)`,
    ),
    ...naturals(
      'checkout_sessions',
      table.quantity,
      table.amount,
      table.trialDays,
      table.customerRevision,
      table.createdAt,
      table.expiresAt,
      table.completedAt,
      table.revision,
    ),
  ],
)
