/** What became of the items of a batch. */
import * as z from 'zod/mini'
import { problem } from './problem.ts'

/** One outcome an item, in their order: what the item's own request would have answered. `named` is said of each. */
export function outcomesOf<T extends z.core.$ZodShape>(
  answer: z.ZodMiniObject<T>,
  named: z.core.$ZodShape = {},
) {
  const done = z.extend(answer, {
    ...named,
    status: z.int().check(z.lte(299)),
    replayed: z.optional(z.boolean()),
  })
  const failed = z.object({ ...named, status: z.int().check(z.gte(400)), problem })
  return z.object({ results: z.array(z.union([done, failed])) })
}
