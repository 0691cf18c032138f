import type { EntitlementsAnswer } from '../../schema/calls.ts'
import type { Client, Connection, Held } from '../contract.ts'

/**
 * Asks for everything that the customer has; null where nothing has changed since it last asked.
 *
 * @param isKnown Whether what is shown is what it was last answered. A list's ETag is of its content alone: what has
 *   changed since and back again has the same one, though something else is shown.
 */
export type Asker = (signal: AbortSignal, isKnown: boolean) => Promise<Held | null>

/**
 * How this client is asked for a customer: with the last answer's ETag where it reaches the service itself, so that
 * an unchanged list costs no body; as it answers where it evaluates by itself.
 */
export function askerOf(client: Client | (Client & Connection), customerId: string): Asker {
  if (!('send' in client)) return (signal) => client.entitlements({ customerId }, { signal })
  let etag: string | null = null
  return async (signal, isKnown) => {
    const { status, headers, body } = await client.send<EntitlementsAnswer>({
      method: 'GET',
      path: `/v1/customers/${encodeURIComponent(customerId)}/entitlements`,
      headers: etag !== null && isKnown ? { 'If-None-Match': etag } : {},
      customerIds: [customerId],
      signal,
    })
    if (status === 304) return null
    if (!Array.isArray(body.data)) throw new TypeError('This is no list of entitlements.')
    etag = headers.get('ETag')
    return body
  }
}
