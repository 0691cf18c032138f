/** Putting a new secret beside the old for a while. */
import { ok } from '../../entitlements/result.ts'
import type { WebhookSecret } from '../../schema/tables/webhooks.ts'
import { once } from '../change/idempotency.ts'
import type { Outcome } from '../route.ts'
import { changeWebhook, type WebhookEditing } from './endpoints.ts'
import { newSecret, secretsAt } from './secrets.ts'

/** How many sign at most: the newest and those that end. */
const SECRETS_MAX = 5

/**
 * Gives an endpoint a new secret; those that it had sign too until the overlap is over.
 *
 * Asked again with the same idempotency key, it answers without the secret: that is not kept with the answer.
 */
export function rotateSecret(
  call: WebhookEditing,
  webhookId: string,
  { overlapSeconds }: { readonly overlapSeconds: number },
): Promise<Outcome> {
  const endsAt = call.now + overlapSeconds * 1000
  const secret = newSecret(call.ports)
  return once(call, (keeper) =>
    changeWebhook(
      call,
      webhookId,
      'rotate_secret',
      (row) => {
        const ending = row.secrets.map((each) => endingBy(each, endsAt))
        const secrets = [{ text: secret, endsAt: null }, ...secretsAt(ending, call.now)]
        return ok({ row: { ...row, secrets: secrets.slice(0, SECRETS_MAX) }, secret })
      },
      keeper,
    ),
  )
}

function endingBy({ text, endsAt }: WebhookSecret, at: number): WebhookSecret {
  return { text, endsAt: Math.min(endsAt ?? Infinity, at) }
}
