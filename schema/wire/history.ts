/** What became of a meter: by day, and row by row. */
import * as z from 'zod/mini'
import { LEDGER_KINDS } from '../words.ts'
import { body, catalogueId, customerId, instant, instantText } from './field.ts'
import { PAGE_QUERY, pageOf } from './field.ts'

const params = body({ customerId })

/** One UTC day. The reading of the day before and all that is signed here add up to `closingUsed`. */
const day = z.object({
  startAt: instantText,
  endAt: instantText,
  consumed: z.int(),
  reported: z.int(),
  givenBack: z.int(),
  /** Signed: what `set` changed. */
  set: z.int(),
  /** What an operator, or a plan being entered, took away. */
  reset: z.int(),
  /** What closing periods took away. */
  closed: z.int(),
  /** What was used at the end of the day, or now where the day is not over. */
  closingUsed: z.int(),
})

const ORDER = { error: 'an instant after from' }

const period = body({
  featureId: catalogueId,
  from: z.exactOptional(instant),
  to: z.exactOptional(instant),
}).check(z.refine(({ from = 0, to = Infinity }) => from < to, { ...ORDER, path: ['to'] }))

/** One row of the ledger: one lot, one UTC day, one kind. */
const entry = z.object({
  /** Null for all that is older than 400 days. */
  day: z.nullable(z.iso.date()),
  lotId: z.string(),
  kind: z.enum(LEDGER_KINDS),
  /** Signed change of what is used; for `carried` the units granted. */
  quantity: z.int(),
  /** How many changes make up the row. */
  count: z.int(),
  lastAt: instantText,
  /** As `{kind}:{id}`. */
  lastActor: z.string(),
})

export type HistoryQuery = z.infer<typeof period>

/** At most the newest 400 days; days on which nothing happened are left out. */
export const listUsage = {
  params,
  query: period,
  answer: z.object({ data: z.array(day) }),
}
export const listUsageEntries = {
  params,
  query: body({ featureId: catalogueId, ...PAGE_QUERY }),
  answer: pageOf(entry),
}
