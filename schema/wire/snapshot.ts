/** What evaluating a customer elsewhere needs. */
import * as z from 'zod/mini'
import { freshness } from './access.ts'
import { body, customerId, flagParameter } from './field.ts'

export const getSnapshot = {
  params: body({ customerId }),
  query: body({ fresh: z._default(flagParameter, false) }),
  /** Each text as `schema/` encodes it: positional, and to be read by who knows its format. */
  answer: z.extend(freshness, {
    /** Of this answer: which texts it brings. */
    format: z.int(),
    snapshot: z.string(),
    head: z.string(),
    /** The plans that evaluating the customer may need, at the revisions that `head` names. */
    documents: z.array(z.string()),
  }),
}
