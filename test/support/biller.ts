/** A biller: somebody who signs what happens to subscriptions there, as Standard Webhooks has it. */
import { Webhook } from 'standardwebhooks'

/** What the tests' deployment and its biller both know. */
export const BILLER_SECRET = 'whsec_YSBzZWNyZXQgb2YgdGhlIHRlc3RzIGFsb25l'

export interface Signing {
  readonly id: string
  /** Now where absent. */
  readonly at?: number
  readonly secret?: string
}

/** The body with the headers that sign it. */
export function signedByBiller(
  body: string,
  { id, at = Date.now(), secret = BILLER_SECRET }: Signing,
): { readonly body: string; readonly headers: Record<string, string> } {
  const signature = new Webhook(secret).sign(id, new Date(at), body)
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': signature,
    },
  }
}
