/** What a client shows of itself: a secret key, or a customer's token that has to be fetched again and again. */
import { fromBase64Url } from '../../schema/base64url.ts'
import { SluiceError } from './error.ts'
import type { Ports } from './ports.ts'

/** What `token` may give: the token, or the answer of `POST /v1/customers/{id}/tokens` as it is. */
export type Token = string | { readonly token: string }

export interface Credential {
  readonly text: () => Promise<string>
  /** After it was refused: whether there may be another. */
  readonly renew: (refused: string) => boolean
  /** The only customer that it reaches, where it says so; known once it was shown. */
  readonly customerId: () => string | undefined
}

/** Who a client is. */
export type CredentialOptions =
  /** A secret key, on a server. */
  | { readonly key: string; readonly token?: never }
  /**
   * A customer's token, in a browser: called when one is needed, before it expires and after it was refused, once at a
   * time.
   */
  | { readonly token: () => Promise<Token> | Token; readonly key?: never }

/** What these options say. */
export function credentialFrom(
  { key, token }: CredentialOptions,
  { now }: Pick<Ports, 'now'>,
): Credential {
  if (token !== undefined) return tokenCredential(token, now)
  if (key.startsWith('sluice_sk_') && 'document' in globalThis) {
    throw new TypeError('A secret key is not for browsers: use `token`.')
  }
  return keyCredential(key)
}

/** A key that stays. */
export function keyCredential(key: string): Credential {
  return { text: async () => key, renew: () => false, customerId: () => undefined }
}

/** The part of a token's life after which the next is fetched. */
const LIFE_USED = 0.8

interface Held {
  readonly text: string
  readonly customerId: string | undefined
  /** By our clock, which need not agree with the service's: counted from when the token came. */
  readonly renewAt: number
}

/** Tokens that `fetchToken` gives; however many calls need one, it is asked once at a time. */
export function tokenCredential(
  fetchToken: () => Promise<Token> | Token,
  now: () => number,
): Credential {
  let held: Held | undefined
  let coming: Promise<Held> | undefined
  const fetched = async (): Promise<Held> => {
    try {
      return (held = heldFrom(await fetchToken(), now()))
    } catch (cause) {
      // One that we have is good for as long as the service takes it.
      if (held) return held
      const message = '`token` gave none.'
      throw new SluiceError('token_unavailable', { message, retryable: true, cause })
    }
  }
  return {
    text: async () => {
      if (held && now() < held.renewAt) return held.text
      coming ??= fetched().finally(() => (coming = undefined))
      return (await coming).text
    },
    renew: (refused) => {
      if (held?.text === refused) held = undefined
      return true
    },
    customerId: () => held?.customerId,
  }
}

interface Claims {
  readonly iat?: number
  readonly exp?: number
  readonly sub?: string
}

function heldFrom(token: Token, now: number): Held {
  const text = typeof token === 'string' ? token : token.token
  const { iat = 0, exp = Infinity, sub } = claimsOf(text)
  return { text, customerId: sub, renewAt: now + (exp - iat) * 1000 * LIFE_USED }
}

/** What a token says of itself; nothing where it is none that we can read, for the service judges it. */
function claimsOf(text: string): Claims {
  try {
    return JSON.parse(fromBase64Url(text.split('.')[1] ?? '') ?? '')
  } catch {
    return {}
  }
}
