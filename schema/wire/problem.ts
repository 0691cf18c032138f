/** What keeps a request from doing what it asks, as RFC 9457 says it. */
import * as z from 'zod'

/** `detail` says what to do; `errors` says where. */
export const problem = z.object({
  type: z.url(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  code: z.string().regex(/^[a-z_]+$/),
  requestId: z.string(),
  errors: z
    .array(
      z.object({
        pointer: z.string(),
        code: z.string(),
        expected: z.string(),
        received: z.string().optional(),
      }),
    )
    .optional(),
})

export type Problem = z.infer<typeof problem>
