/** What keeps a request from doing what it asks, as RFC 9457 says it. */
import * as z from 'zod/mini'

/** `detail` says what to do; `errors` says where. */
export const problem = z.object({
  type: z.url(),
  title: z.string(),
  status: z.int().check(z.gte(400), z.lte(599)),
  detail: z.string(),
  code: z.string().check(z.regex(/^[a-z_]+$/)),
  requestId: z.string(),
  errors: z.optional(
    z.array(
      z.object({
        pointer: z.string(),
        code: z.string(),
        expected: z.string(),
        received: z.optional(z.string()),
      }),
    ),
  ),
})

export type Problem = z.infer<typeof problem>
