/** Letting a customer in: a link to its page, for a while. */
import { err, ok } from '../../entitlements/result.ts'
import type { PortalInput } from '../../schema/wire/portal.ts'
import { commit, type Committing } from '../change/commit.ts'
import { readCustomer } from '../change/customer-change.ts'
import { type Keeper, type Keeping, once } from '../change/idempotency.ts'
import { instantText } from '../../schema/instant-text.ts'
import { returnAddress } from '../payments/addresses.ts'
import { originOf } from '../respond.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import { packLink, tokenOf } from './link.ts'

/** What making a link needs of a call. */
export type Inviting = Committing & Keeping & Pick<Call, 'environment'>

const NONCE_BYTES = 12

/**
 * Makes a link. With an idempotency key it is kept unsigned, so that whoever reads the store can open nothing with it.
 */
export async function createPortalSession(
  call: Inviting,
  customerId: string,
  input: PortalInput,
): Promise<Outcome> {
  const made = await once(call, (keeper) => makeLink(call, customerId, input, keeper))
  return made.ok && 'body' in made.value && !(made.value instanceof Response)
    ? ok(await signed(call, made.value))
    : made
}

async function makeLink(
  call: Inviting,
  customerId: string,
  { returnUrl, ttlSeconds }: PortalInput,
  keeper: Keeper,
): Promise<Outcome> {
  const { ports, now, environment } = call
  const address =
    returnUrl === undefined ? ok(null) : returnAddress(returnUrl, '/returnUrl', environment)
  if (!address.ok) return address
  if ((await readCustomer(call, customerId)) === null) {
    return err({ code: 'customer_not_found', customerId })
  }
  const nonce = btoa(String.fromCharCode(...ports.random.bytes(NONCE_BYTES)))
  const expiresAt = now + ttlSeconds * 1000
  const link = { customerId, expiresAt, nonce, returnUrl: address.value }
  const kept = { status: 201, body: { link: packLink(link), expiresAt: instantText(expiresAt) } }
  const outcome = await commit(call, {
    subject: `portal:${nonce}`,
    customerId,
    previous: 0,
    revision: now,
    action: 'portal_sessions.create',
    resource: `customers/${encodeURIComponent(customerId)}/portal-sessions`,
    before: null,
    after: { expiresAt: instantText(expiresAt), returnUrl: address.value },
    statements: keeper.statements(kept),
  })
  return outcome === 'lost' ? err({ code: 'unavailable' }) : ok(kept)
}

async function signed({ ports, request }: Inviting, kept: Answer): Promise<Answer> {
  // What `makeLink` has answered, now or earlier.
  const { link, expiresAt } = kept.body as { readonly link: string; readonly expiresAt: string }
  const url = `${originOf(request)}/portal/${await tokenOf(ports, link)}`
  return { ...kept, body: { url, expiresAt } }
}
