/** Events that feed meters. */
import * as z from 'zod/mini'
import { body, catalogueId, customerId, instant, metadata, words } from './field.ts'
import { outcomesOf } from './outcome.ts'
import { reportUsage } from './usage.ts'

/** One outcome for each meter that names the event; the token where at least one counted. */
export const reportEvent = {
  body: body({
    customerId,
    event: words(128),
    /** What meters add up; ≤ 50 keys, ≤ 8 KB. */
    properties: z.exactOptional(metadata),
    occurredAt: z.exactOptional(instant),
  }),
  answer: z.extend(outcomesOf(reportUsage.answer, { featureId: catalogueId }), {
    consistencyToken: z.optional(z.string()),
  }),
}
