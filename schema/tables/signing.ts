import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { instant, naturals } from './columns.ts'

/**
 * What this deployment signs with. The newest signs, and the one before it is still believed: a new row replaces a
 * secret and leaves what was signed with it valid, a second one ends that.
 */
export const signingSecrets = sqliteTable(
  'signing_secrets',
  {
    /** Named in every signature. */
    generation: integer('generation').primaryKey({ autoIncrement: true }),
    /** 32 bytes, in hexadecimal. */
    secret: text('secret').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (table) => naturals('signing_secrets', table.generation, table.createdAt),
)
