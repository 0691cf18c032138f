/** How often features are asked about, and what is answered. */
import * as z from 'zod/mini'
import { body, catalogueId, instant, instantText, oneOf } from './field.ts'

const stretch = body({
  /** 24 hours before `to` where absent. */
  from: z.exactOptional(instant),
  /** Now where absent. */
  to: z.exactOptional(instant),
  featureId: z.exactOptional(catalogueId),
  /** Days are those of UTC. */
  interval: z.exactOptional(oneOf(['hour', 'day'])),
  /** One row for each of these; where absent for each interval and feature. */
  groupBy: z.exactOptional(oneOf(['at', 'featureId'])),
})

const row = z.object({
  /** When the hour or day began; absent where rows are grouped by feature alone. */
  at: z.optional(instantText),
  /** Absent where rows are grouped by time alone. */
  featureId: z.optional(z.string()),
  granted: z.int(),
  denied: z.int(),
})

export type StatisticsQuery = z.infer<typeof stretch>
export type StatisticsRow = z.infer<typeof row>

/** The hours that begin in the stretch, the oldest first; those in which nothing was asked are left out. */
export const getStatistics = {
  query: stretch,
  answer: z.object({ data: z.array(row) }),
}
