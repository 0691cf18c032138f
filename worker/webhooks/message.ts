/** What an endpoint is sent: an event in the form, and with the signature, of Standard Webhooks. */
import type { Instant } from '../../entitlements/instant.ts'
import type { WebhookSecret } from '../../schema/tables/webhooks.ts'
import { instantText } from '../../schema/instant-text.ts'
import { secretsAt } from './secrets.ts'

/** An event as D1 has it. */
export interface EventRow {
  readonly id: string
  readonly type: string
  readonly at: Instant
  readonly customer_id: string | null
  readonly version: number | null
  /** JSON. */
  readonly data: string
}

/** What is sent. */
export interface Message {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** The specification's bound; no event comes near it. */
const BODY_BYTES_MAX = 20 * 1024

/**
 * The message of an event. Every try has the same id, and a signature of its own time by each secret that holds.
 *
 * The package is loaded here: what never sends never pays for it.
 */
export async function signedMessage(
  event: EventRow,
  secrets: readonly WebhookSecret[],
  now: Instant,
): Promise<Message> {
  const { Webhook } = await import('standardwebhooks')
  const body = bodyOf(event)
  const signatures = secretsAt(secrets, now).map(({ text }) =>
    new Webhook(text).sign(event.id, new Date(now), body),
  )
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Sluice-Webhooks/1',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': signatures.join(' '),
    },
  }
}

function bodyOf(event: EventRow): string {
  const { id, type, at, customer_id: customerId, version, data } = event
  const head = { id, type, timestamp: instantText(at), customerId, version }
  const body = JSON.stringify({ ...head, data: JSON.parse(data) as unknown })
  const bytes = new TextEncoder().encode(body).length
  if (bytes <= BODY_BYTES_MAX) return body
  return JSON.stringify({ ...head, data: { omittedBytes: bytes } })
}
