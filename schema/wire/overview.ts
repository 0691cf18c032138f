/** What whoever runs the service looks at first, on the wire. */
import * as z from 'zod/mini'
import { customerId, instantText, natural } from './field.ts'

/** The most rows that a list of the overview shows. */
export const OVERVIEW_ROWS_MAX = 20
/** How far its lists are counted. */
export const OVERVIEW_COUNT_MAX = 100
/** How far what is behind is counted. */
export const BEHIND_COUNT_MAX = 1_000

const listOf = <T extends z.ZodMiniType>(item: T) =>
  z.object({
    /** How many there are; counted to 100, which stands for that many or more. */
    count: natural,
    /** The first 20. */
    data: z.array(item),
  })

/** Counted to 1,000, which stands for that many or more. */
const behind = z.object({
  count: natural,
  /** Since when the oldest has waited; null where nothing waits. */
  oldestAt: z.nullable(instantText),
})

/** A meter of which at least 80 % is used. */
export const nearLimit = z.object({
  customerId,
  name: z.nullable(z.string()),
  featureId: z.string(),
  used: natural,
  limit: natural,
  /** Whether more is used than the limit and what was carried into the period. */
  over: z.boolean(),
  /** When the customer’s object said so: from a minute on after it happened. */
  asOf: instantText,
})

/** A subscription about which something has to happen by a date. */
export const ending = z.object({
  customerId,
  name: z.nullable(z.string()),
  subscriptionId: z.string(),
  planId: z.string(),
  endsAt: instantText,
})

/** How far changes have got, to customers’ objects and to the edge. */
const propagation = z.object({
  /** Customers whose object has not applied their newest change. */
  unsynced: behind,
  /**
   * Customers for whom time has done something that the tick has not written down yet. It decides answers all the same;
   * up to a minute is as it should be.
   */
  overdue: behind,
  catalogue: z.object({
    revision: natural,
    /** The revision that the edge reads; null where it has none, or does not answer. */
    edgeRevision: z.nullable(natural),
    /** When the edge’s copy was last written, which every tick does; null where that is not known. */
    copiedAt: z.nullable(instantText),
  }),
})

const deliveries = z.object({
  /** Messages that endpoints have not received yet. */
  owed: behind,
  /** Endpoints that receive nothing at present. */
  failing: natural,
})

/** The whole of it, as of one instant. */
export const overview = z.object({
  at: instantText,
  /** Nearest to its limit, or furthest past it, first. */
  nearLimits: listOf(nearLimit),
  /** Unpaid, in grace; whose access ends soonest first. */
  pastDue: listOf(ending),
  /** The trial that ends soonest first. */
  trials: listOf(ending),
  propagation,
  deliveries,
})

export type OverviewAnswer = z.infer<typeof overview>
export type NearLimit = z.infer<typeof nearLimit>
export type EndingSoon = z.infer<typeof ending>

export const getOverview = { answer: overview }
