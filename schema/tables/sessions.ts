import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { instant, naturals } from './columns.ts'

/** Sessions that somebody has signed out of: a copy of their cookie opens nothing, either. */
export const endedSessions = sqliteTable(
  'ended_sessions',
  {
    /** Whose it was, and since when. */
    id: text('id').primaryKey(),
    /** When it would have ended by itself; the row is of no use after that. */
    endsAt: instant('ends_at').notNull(),
  },
  (table) => [
    index('ended_sessions_over').on(table.endsAt),
    ...naturals('ended_sessions', table.endsAt),
  ],
)
