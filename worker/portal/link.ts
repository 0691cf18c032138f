/**
 * Links to the portal: who may see which customer's page, and until when, in the link itself.
 *
 * Nothing is stored. What a link says is signed by this deployment, so a changed one, or another deployment's, opens
 * nothing.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { fromBase64Url, toBase64Url } from '../../schema/base64url.ts'
import { decoded, list, natural, nullable, string } from '../../schema/read.ts'
import { isSigned, sign, type Signing } from '../signing.ts'

/** What a link says. */
export interface PortalLink {
  readonly customerId: string
  readonly expiresAt: Instant
  /** Makes each link another one. */
  readonly nonce: string
  readonly returnUrl: string | null
}

/** A link as it was followed; `invalid` tells nothing of why. */
export type Followed =
  | { readonly status: 'open' | 'expired'; readonly link: PortalLink }
  | { readonly status: 'invalid' }

const TOKEN_MAX = 2_500

/** What a link says, packed for signing. */
export function packLink({ customerId, expiresAt, nonce, returnUrl }: PortalLink): string {
  return toBase64Url(JSON.stringify([customerId, expiresAt, nonce, returnUrl]))
}

/** The token of a packed link: what stands in its address. */
export async function tokenOf(ports: Signing, packed: string): Promise<string> {
  return `${packed}.${await sign(ports, 'portal', packed)}`
}

/** What a token opens. Links go by real time, whatever a customer's own clock says. */
export async function follow(ports: Signing, token: string, now: Instant): Promise<Followed> {
  const dot = token.indexOf('.')
  if (dot === -1 || token.length > TOKEN_MAX) return INVALID
  const packed = token.slice(0, dot)
  if (!(await isSigned(ports, 'portal', packed, token.slice(dot + 1)))) return INVALID
  const link = unpack(packed)
  return link === null ? INVALID : { status: now < link.expiresAt ? 'open' : 'expired', link }
}

const INVALID: Followed = { status: 'invalid' }

/** Null where a later version has packed it in another way. */
function unpack(packed: string): PortalLink | null {
  return decoded(fromBase64Url(packed) ?? '', (value) => {
    const [customerId, expiresAt, nonce, returnUrl] = list(value)
    return {
      customerId: string(customerId),
      expiresAt: natural(expiresAt),
      nonce: string(nonce),
      returnUrl: nullable(returnUrl, string),
    }
  })
}
