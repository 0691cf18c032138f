import { sql } from 'drizzle-orm'
import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Role, Scope } from '../keys.ts'
import { instant, naturals } from './columns.ts'

/** Secret API keys, as digests. Revoking one keeps its row. */
export const keys = sqliteTable(
  'keys',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull().unique(),
    name: text('name').notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<readonly Scope[]>().notNull(),
    role: text('role').$type<Role>(),
    lastFour: text('last_four').notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** Within some minutes, and only ever later. */
    lastUsedAt: instant('last_used_at'),
    /** When it was last changed after it was made, or one more than the change before; NULL: never. */
    changedAt: instant('changed_at'),
  },
  (table) => [
    index('keys_newest').on(table.createdAt, table.id),
    index('keys_changed')
      .on(table.changedAt)
      .where(sql`${table.changedAt} IS NOT NULL`),
    ...naturals('keys', table.createdAt, table.expiresAt, table.revokedAt, table.lastUsedAt),
  ],
)
