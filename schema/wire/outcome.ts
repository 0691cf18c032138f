/** What became of the items of a batch. */
import * as z from 'zod'
import { problem } from './problem.ts'

/** One outcome an item, in their order: what the item's own request would have answered. `named` is said of each. */
export function outcomesOf<T extends z.ZodRawShape>(
  answer: z.ZodObject<T>,
  named: z.ZodRawShape = {},
) {
  const done = answer.extend({
    ...named,
    status: z.int().max(299),
    replayed: z.boolean().optional(),
  })
  const failed = z.object({ ...named, status: z.int().min(400), problem })
  return z.object({ results: z.array(z.union([done, failed])) })
}
