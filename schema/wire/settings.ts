/** What an operator sets for the whole deployment, on the wire; one export a route. */
import * as z from 'zod/mini'
import { body, natural, words } from './field.ts'

/** The most origins that one deployment lets in. */
const ORIGINS_MAX = 100
const ORIGIN_LENGTH_MAX = 256

const LIST = { error: `a list of at most ${ORIGINS_MAX} origins, each once` }

const origins = z.array(words(ORIGIN_LENGTH_MAX), LIST).check(
  z.maxLength(ORIGINS_MAX, LIST),
  z.refine((each) => new Set(each).size === each.length, LIST),
)

const originsInput = body({ origins })

export type OriginsInput = z.infer<typeof originsInput>

const answer = z.object({ origins: z.array(z.string()), revision: natural })

export const getOrigins = { answer }

export const putOrigins = {
  body: originsInput,
  answer: z.extend(answer, { propagation: z.enum(['done', 'pending']) }),
}
