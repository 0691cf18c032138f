import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { naturals, revision } from './columns.ts'

/** What an operator has set for the whole deployment, each setting a row. */
export const settings = sqliteTable(
  'settings',
  {
    name: text('name').$type<'origins'>().primaryKey(),
    value: text('value', { mode: 'json' }).$type<readonly string[]>().notNull(),
    revision: revision(),
  },
  (table) => naturals('settings', table.revision),
)
