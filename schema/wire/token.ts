/** Customer tokens on the wire. */
import * as z from 'zod/mini'
import {
  TOKEN_FEATURES_MAX,
  TOKEN_SCOPES,
  TOKEN_TTL_SECONDS,
  TOKEN_TTL_SECONDS_MAX,
} from '../customer-token.ts'
import { body, catalogueId, customerId, instantText, integer, oneOf } from './field.ts'

const SCOPE_LIST = { error: `a list of ${TOKEN_SCOPES.join(', ')}, each once, at least one` }
const FEATURE_LIST = { error: `a list of 1 to ${TOKEN_FEATURES_MAX} features, each once` }

const isDistinct = (each: readonly string[]) => new Set(each).size === each.length

const tokenInput = z.prefault(
  body({
    ttlSeconds: z._default(integer(1, TOKEN_TTL_SECONDS_MAX), TOKEN_TTL_SECONDS),
    scopes: z._default(
      z
        .array(oneOf(TOKEN_SCOPES), SCOPE_LIST)
        .check(z.minLength(1, SCOPE_LIST), z.refine(isDistinct, SCOPE_LIST)),
      ['read'],
    ),
    /** The features that its holder may know of; all of them where left out. */
    featureIds: z.exactOptional(
      z
        .array(catalogueId, FEATURE_LIST)
        .check(
          z.minLength(1, FEATURE_LIST),
          z.maxLength(TOKEN_FEATURES_MAX, FEATURE_LIST),
          z.refine(isDistinct, FEATURE_LIST),
        ),
    ),
  }),
  {},
)

export type TokenInput = z.infer<typeof tokenInput>

export const createCustomerToken = {
  params: body({ customerId }),
  body: tokenInput,
  answer: z.object({ token: z.string(), expiresAt: instantText }),
}
