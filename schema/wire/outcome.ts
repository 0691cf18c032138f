/** What became of the items of a batch. */
import * as z from 'zod'
import { problem } from './problem.ts'

/** One outcome an item, in their order: what the item's own request would have answered. */
export function outcomesOf<T extends z.ZodRawShape>(answer: z.ZodObject<T>) {
  const done = answer.extend({ status: z.int().max(299), replayed: z.boolean().optional() })
  const failed = z.object({ status: z.int().min(400), problem })
  return z.object({ results: z.array(z.union([done, failed])) })
}
