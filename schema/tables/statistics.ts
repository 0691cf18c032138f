import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { instant, naturals } from './columns.ts'

/**
 * How often each feature was asked about in an hour, and what was answered: what isolates have counted, added up. Nothing is
 * decided by it, and usage is elsewhere: what an isolate had not yet written is lost with it.
 */
export const statistics = sqliteTable(
  'statistics',
  {
    /** When the hour began. */
    at: instant('at').notNull(),
    featureId: text('feature_id').notNull(),
    granted: integer('granted').notNull(),
    denied: integer('denied').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.at, table.featureId] }),
    ...naturals('statistics', table.at, table.granted, table.denied),
  ],
)
