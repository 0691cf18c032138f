/**
 * Consistency tokens: what a change hands to its caller, so that a later read sees that change or a newer one.
 *
 * A token is opaque, not secret and not signed: whoever makes one up can only make their own read fail.
 */
import { fromBase64Url, toBase64Url } from './base64url.ts'
import { CUSTOMER_ID } from './ids.ts'

/** The state that a change produced. */
export interface ConsistencyToken {
  /** Null for a change of the catalogue alone. */
  readonly customerId: string | null
  /** `customers.revision`; 0 where it does not matter. */
  readonly revision: number
  /** The customer object's counter; 0 where it does not matter. */
  readonly version: number
  /** The catalogue's revision; 0 where it does not matter. */
  readonly catalogueRevision: number
}

/** The oldest state that an answer about one customer may rest on. */
export interface TokenFloor {
  readonly revision: number
  readonly version: number
  readonly catalogueRevision: number
}

/** What several tokens ask for together. */
export interface TokenFloors {
  readonly catalogueRevision: number
  readonly customers: ReadonlyMap<string, { readonly revision: number; readonly version: number }>
}

/** Tokens that one request may join; enough for every customer of a page, little enough for a header. */
export const MAX_TOKENS = 20

/** Packs a token into base64url text. */
export function encodeToken(token: ConsistencyToken): string {
  const counters = [token.revision, token.version, token.catalogueRevision]
  const text = [FORMAT, ...counters.map((each) => each.toString(36)), token.customerId ?? '']
  return toBase64Url(text.join(':'))
}

/** Reads one token or several joined by commas; null when any is not one of ours, or there are more than `MAX_TOKENS`. */
export function decodeTokens(text: string): TokenFloors | null {
  const parts = text.split(',', MAX_TOKENS + 1)
  if (parts.length > MAX_TOKENS) return null
  const customers = new Map<string, { revision: number; version: number }>()
  let catalogueRevision = 0
  for (const part of parts) {
    const token = decodeToken(part.trim())
    if (token === null) return null
    catalogueRevision = Math.max(catalogueRevision, token.catalogueRevision)
    if (token.customerId === null) continue
    const seen = customers.get(token.customerId)
    customers.set(token.customerId, {
      revision: Math.max(token.revision, seen?.revision ?? 0),
      version: Math.max(token.version, seen?.version ?? 0),
    })
  }
  return { catalogueRevision, customers }
}

/** What the tokens ask of an answer about this customer. */
export function floorOf(floors: TokenFloors, customerId: string): TokenFloor {
  const own = floors.customers.get(customerId) ?? { revision: 0, version: 0 }
  return { ...own, catalogueRevision: floors.catalogueRevision }
}

const FORMAT = 'c1'
const TEXT_MAX = 400
const PATTERN = /^c1:([0-9a-z]{1,11}):([0-9a-z]{1,11}):([0-9a-z]{1,11}):(.*)$/

/** Reads one token; null when it is not one of ours. */
export function decodeToken(text: string): ConsistencyToken | null {
  const match = text.length > TEXT_MAX ? null : PATTERN.exec(fromBase64Url(text) ?? '')
  if (match === null) return null
  const counters = match.slice(1, 4).map((each) => parseInt(each, 36))
  const [revision = 0, version = 0, catalogueRevision = 0] = counters
  const customerId = match[4] || null
  const isOne = customerId === null || CUSTOMER_ID.test(customerId)
  if (!isOne || !counters.every((each) => Number.isSafeInteger(each))) return null
  return { customerId, revision, version, catalogueRevision }
}
