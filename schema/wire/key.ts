/** API keys and who one is, one export a route. */
import * as z from 'zod/mini'
import { ROLES, SCOPES } from '../keys.ts'
import { body, instant, instantText, integer, madeId, oneOf } from './field.ts'
import { PAGE_QUERY, pageOf, words } from './field.ts'

/** The longest for which a rotated key and its successor both work: a week. */
export const OVERLAP_SECONDS_MAX = 604_800

const SCOPE_LIST = { error: `a list of ${SCOPES.join(', ')}, each once, at least one` }

const keyInput = body({
  name: words(128),
  scopes: z.array(oneOf(SCOPES), SCOPE_LIST).check(
    z.minLength(1, SCOPE_LIST),
    z.refine((each) => new Set(each).size === each.length, SCOPE_LIST),
  ),
  /** For a person of the dashboard; needs the scope `manage`. Without one, the key is a program's. */
  role: z.exactOptional(z.nullable(oneOf(ROLES))),
  expiresAt: z.exactOptional(z.nullable(instant)),
})

export type KeyInput = z.infer<typeof keyInput>

const environment = z.enum(['sandbox', 'production'])

/** A key in an answer; the key itself only where it is made. */
export const key = z.object({
  id: madeId('key'),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  role: z.nullable(z.enum(ROLES)),
  environment,
  lastFour: z.string(),
  createdAt: instantText,
  expiresAt: z.nullable(instantText),
  lastUsedAt: z.nullable(instantText),
  revokedAt: z.nullable(instantText),
})

const params = body({ keyId: madeId('key') })
const propagation = z.enum(['done', 'pending'])

export const createKey = {
  body: keyInput,
  /** The key itself is in the first answer only: it is stored nowhere, so a repeated request cannot have it. */
  answer: z.extend(key, { key: z.optional(z.string()), propagation }),
}
export const listKeys = { query: body(PAGE_QUERY), answer: pageOf(key) }
export const revokeKey = { params, answer: z.extend(key, { propagation }) }
export const rotateKey = {
  params,
  body: body({ overlapSeconds: integer(0, OVERLAP_SECONDS_MAX) }),
  /** The new key, as where it is made; `replaces` is the old one and when it ends. */
  answer: z.extend(createKey.answer, {
    replaces: z.object({ id: madeId('key'), expiresAt: instantText }),
  }),
}

export const getMe = {
  answer: z.object({
    kind: z.enum(['key', 'person', 'token']),
    environment,
    role: z.optional(z.enum(ROLES)),
    scopes: z.array(z.enum(SCOPES)),
    keyId: z.optional(z.string()),
    tokenId: z.optional(z.string()),
    /** Of a person whom Cloudflare Access vouches for. */
    email: z.optional(z.string()),
    customerId: z.optional(z.string()),
    featureIds: z.optional(z.array(z.string())),
    expiresAt: z.nullable(instantText),
  }),
}
