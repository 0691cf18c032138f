import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Instant } from '../../entitlements/instant.ts'
import { instant, naturals, revision } from './columns.ts'

/** What messages are signed with. */
export interface WebhookSecret {
  /** As its receiver has it: `whsec_…`. */
  readonly text: string
  /** Until when it signs; null: until it is rotated. */
  readonly endsAt: Instant | null
}

/** Why nothing is sent to an endpoint: somebody asked for that, it said that it is gone, or it failed for days. */
export type DisabledBecause = 'asked' | 'gone' | 'failing'

/** What keeps a message from being received: any status but 2xx, and redirects are not followed. */
export type SendFailure = 'status' | 'redirect' | 'timeout' | 'unreachable' | 'url_not_allowed'

/** Who wants to hear of what, and where. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    id: text('id').primaryKey(),
    url: text('url').notNull(),
    /** Types, `prefix.*` or `*`: patterns as GLOB has them. */
    events: text('events', { mode: 'json' }).$type<readonly string[]>().notNull(),
    description: text('description'),
    /** Newest first. In clear, because they sign; they leave this table in signatures alone. */
    secrets: text('secrets', { mode: 'json' }).$type<readonly WebhookSecret[]>().notNull(),
    disabledAt: instant('disabled_at'),
    disabledBecause: text('disabled_because').$type<DisabledBecause>(),
    /** The last event, by its `n`, that has been looked at for this endpoint. */
    afterN: integer('after_n').notNull(),
    /** Since when nothing has been received; NULL: the last message was, or there was none. */
    failingSince: instant('failing_since'),
    createdAt: instant('created_at').notNull(),
    revision: revision(),
  },
  (table) => [
    index('webhooks_newest').on(table.createdAt, table.id),
    check(
      'webhooks_pairs',
      sql`(${table.disabledAt} IS NULL) = (${table.disabledBecause} IS NULL)`,
    ),
    ...naturals('webhooks', table.afterN, table.createdAt, table.revision),
  ],
)

/** What is still owed: one row for each event and endpoint, until it was received or given up. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    webhookId: text('webhook_id').notNull(),
    eventN: integer('event_n').notNull(),
    /** How often it was begun. */
    tries: integer('tries').notNull(),
    /** When it is tried next. Whoever tries it moves this on first, so that nobody else tries meanwhile. */
    nextAt: instant('next_at').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.webhookId, table.eventN] }),
    index('webhook_deliveries_due').on(table.webhookId, table.nextAt, table.eventN),
    index('webhook_deliveries_oldest').on(table.createdAt),
    ...naturals('webhook_deliveries', table.tries, table.nextAt, table.createdAt),
  ],
)

/** What came of each message that was sent. */
export const webhookAttempts = sqliteTable(
  'webhook_attempts',
  {
    id: text('id').primaryKey(),
    webhookId: text('webhook_id').notNull(),
    eventId: text('event_id').notNull(),
    eventType: text('event_type').notNull(),
    kind: text('kind').$type<'delivery' | 'test' | 'replay'>().notNull(),
    /** Which try of this event it was. */
    number: integer('number').notNull(),
    at: instant('at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    /** The status of the answer; NULL where there was none. */
    status: integer('status'),
    /** What kept it from being received; NULL: it was received. */
    failure: text('failure').$type<SendFailure>(),
    /** How the answer began. */
    response: text('response'),
    /** When it is tried again; NULL: not any more. */
    nextAt: instant('next_at'),
  },
  (table) => [
    index('webhook_attempts_newest').on(table.webhookId, table.id),
    index('webhook_attempts_oldest').on(table.at),
    ...naturals('webhook_attempts', table.number, table.at, table.durationMs, table.nextAt),
  ],
)
