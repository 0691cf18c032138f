import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, unique } from 'drizzle-orm/sqlite-core'
import { instant, naturals, revision } from './columns.ts'

/**
 * Every change of intent: at once the audit log and the compare-and-set.
 *
 * Two changes that began from the same `previous` cannot both be inserted, and the loser's whole batch falls with
 * its row. A guarded UPDATE would not do: one that matches no row does not abort the batch.
 */
export const changes = sqliteTable(
  'changes',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /**
     * `catalogue`, `customer:{id}`, `key:{id}` or `portal:{nonce}`; `reset:{requestId}` for what a customer object did by
     * itself.
     */
    subject: text('subject').notNull(),
    /** The subject's revision that the change began from; 0 for the first. */
    previous: integer('previous').notNull(),
    revision: revision(),
    /** `{kind}:{id}` of who asked. */
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    resource: text('resource').notNull(),
    /** Whom it concerns, where it is one customer. */
    customerId: text('customer_id'),
    requestId: text('request_id').notNull(),
    /** JSON of the resource, NULL where there was or is none. */
    before: text('before'),
    after: text('after'),
    at: instant('at').notNull(),
  },
  (table) => [
    unique('changes_once').on(table.subject, table.previous),
    index('changes_of_actor').on(table.actor, table.id),
    index('changes_of_resource').on(table.resource, table.id),
    index('changes_of_customer')
      .on(table.customerId, table.id)
      .where(sql`${table.customerId} IS NOT NULL`),
    ...naturals('changes', table.previous, table.revision, table.at),
  ],
)

/** What happened, in the order in which D1 heard of it. */
export const events = sqliteTable(
  'events',
  {
    n: integer('n').primaryKey({ autoIncrement: true }),
    id: text('id').notNull().unique(),
    type: text('type').notNull(),
    at: instant('at').notNull(),
    customerId: text('customer_id'),
    version: integer('version'),
    data: text('data').notNull(),
    /** Who tells it and their own count of it, so that telling it twice inserts it once. */
    origin: text('origin').notNull().unique(),
  },
  (table) => [
    index('events_of_customer').on(table.customerId, table.n),
    index('events_of_type').on(table.type, table.n),
    ...naturals('events', table.at, table.version),
  ],
)

/** Answers of the control plane by idempotency key, so that a repeated request has one effect. */
export const idempotency = sqliteTable(
  'idempotency',
  {
    key: text('key').primaryKey(),
    fingerprint: text('fingerprint').notNull(),
    status: integer('status').notNull(),
    body: text('body').notNull(),
    at: instant('at').notNull(),
  },
  (table) => [
    index('idempotency_oldest').on(table.at),
    ...naturals('idempotency', table.status, table.at),
  ],
)
