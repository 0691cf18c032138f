/** Events that feed meters. */
import * as z from 'zod'
import { body, catalogueId, customerId, instant, metadata, words } from './field.ts'
import { outcomesOf } from './outcome.ts'
import { reportUsage } from './usage.ts'

/** One outcome for each meter that names the event; the token where at least one counted. */
export const reportEvent = {
  body: body({
    customerId,
    event: words(128),
    /** What meters add up; ≤ 50 keys, ≤ 8 KB. */
    properties: metadata.exactOptional(),
    occurredAt: instant.exactOptional(),
  }),
  answer: outcomesOf(reportUsage.answer, { featureId: catalogueId }).extend({
    consistencyToken: z.string().optional(),
  }),
}
