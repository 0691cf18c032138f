/**
 * Customer tokens: what a browser shows instead of a key. A JSON Web Token (RFC 7519) that this deployment alone
 * writes and reads, so its header has one form, and whatever is written otherwise is no token.
 */
import { fromBase64Url, toBase64Url } from './base64url.ts'
import type { KeyEnvironment } from './keys.ts'
import { decoded, fields, list, natural, string, word } from './read.ts'

/** What a token may do: ask, and record usage where that was asked for. */
export type TokenScope = 'read' | 'usage'

export const TOKEN_SCOPES = ['read', 'usage'] as const satisfies readonly TokenScope[]

/** The longest that a token lives, and how long it does where nobody says. */
export const TOKEN_TTL_SECONDS_MAX = 3_600
export const TOKEN_TTL_SECONDS = 900

/** The most features that a token can be limited to: it travels with every request. */
export const TOKEN_FEATURES_MAX = 50

/** Longer than any that is made. */
export const TOKEN_LENGTH_MAX = 6_000

/** What a token says. */
export interface TokenClaims {
  /** Names the token in the audit log and the ledger: `tok_…`. */
  readonly id: string
  readonly environment: KeyEnvironment
  readonly customerId: string
  readonly scopes: readonly TokenScope[]
  /** The features that it may know of; null: all. */
  readonly featureIds: readonly string[] | null
  /** Both in epoch milliseconds, to the second. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** A token's text in its parts, none of them believed yet. */
export interface TokenParts {
  readonly header: string
  readonly payload: string
  readonly signature: Uint8Array
}

/** The first part of every token that was signed with this generation of the secret. */
export function tokenHeader(generation: number): string {
  return toBase64Url(`{"alg":"HS256","typ":"JWT","kid":"${generation}"}`)
}

/** The generation that a header names; null where it is not written as we write it. */
export function generationIn(header: string): number | null {
  const [, generation] = HEADER.exec(fromBase64Url(header) ?? '') ?? []
  return generation === undefined ? null : Number(generation)
}

/** The middle part of a token. */
export function packClaims(claims: TokenClaims): string {
  const { id, environment, customerId, scopes, featureIds, issuedAt, expiresAt } = claims
  const packed = {
    aud: audienceIn(environment),
    env: environment,
    sub: customerId,
    scope: scopes.join(' '),
    ...(featureIds === null ? null : { features: featureIds }),
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor(expiresAt / 1000),
    jti: id,
  }
  return toBase64Url(JSON.stringify(packed))
}

/** Reads a token's middle part; null where it says nothing that we would say. Says nothing of who signed it. */
export function claimsIn(payload: string): TokenClaims | null {
  return decoded(fromBase64Url(payload) ?? '', (value) => {
    const { aud, env, sub, scope, features, iat, exp, jti } = fields(value)
    const environment = word(env, ENVIRONMENTS)
    if (aud !== audienceIn(environment)) return null
    return {
      id: string(jti),
      environment,
      customerId: string(sub),
      scopes: string(scope)
        .split(' ')
        .map((each) => word(each, TOKEN_SCOPES)),
      featureIds: features === undefined ? null : list(features).map(string),
      issuedAt: natural(iat) * 1000,
      expiresAt: natural(exp) * 1000,
    }
  })
}

/** Takes a token's text apart; null where it has not a token's form. */
export function tokenParts(text: string): TokenParts | null {
  if (text.length > TOKEN_LENGTH_MAX) return null
  const [, header = '', payload = '', encoded = ''] = TOKEN.exec(text) ?? []
  const bytes = fromBase64Url(encoded)
  if (bytes === null) return null
  const signature = Uint8Array.from(bytes, (character) => character.charCodeAt(0))
  return { header, payload, signature }
}

/** Whom a token is for: browsers that call this environment. Whatever else we sign is for somebody else. */
function audienceIn(environment: KeyEnvironment): string {
  return `sluice:${environment}`
}

const ENVIRONMENTS: readonly KeyEnvironment[] = ['sandbox', 'production']
const HEADER = /^\{"alg":"HS256","typ":"JWT","kid":"([1-9][0-9]{0,14})"\}$/
/** Two parts in base64url, and 32 bytes in the one way in which they can be written. */
const TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/
