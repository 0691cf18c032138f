import { sql } from 'drizzle-orm'
import { index, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { instant, naturals } from './columns.ts'

/**
 * What payment providers have told, each once: the row goes in with the change that it led to, so that an event that is
 * told again, or twice at a time, finds its place taken and changes nothing. Kept for ninety days.
 */
export const paymentEvents = sqliteTable(
  'payment_events',
  {
    provider: text('provider').notNull(),
    /** The provider's own. */
    id: text('id').notNull(),
    kind: text('kind').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    /** Real time. */
    receivedAt: instant('received_at').notNull(),
    customerId: text('customer_id'),
    subscriptionId: text('subscription_id'),
    /** What became of it. */
    outcome: text('outcome').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.id] }),
    index('payment_events_oldest').on(table.receivedAt),
    // What each provider told last, and what came to nothing.
    index('payment_events_newest').on(table.provider, table.receivedAt),
    index('payment_events_refused')
      .on(table.receivedAt)
      .where(sql`${table.outcome} = 'refused'`),
    // The newest that a subscription has applied, by provider.
    index('payment_events_applied')
      .on(table.subscriptionId, table.provider, table.occurredAt)
      .where(sql`${table.outcome} = 'applied'`),
    ...naturals('payment_events', table.occurredAt, table.receivedAt),
  ],
)
