/** What messages are signed with. */
import type { Instant } from '../../entitlements/instant.ts'
import type { WebhookSecret } from '../../schema/tables/webhooks.ts'
import type { Ports } from '../ports.ts'

const SECRET_BYTES = 32

/** A secret as Standard Webhooks writes it. */
export function newSecret({ random }: Pick<Ports, 'random'>): string {
  return `whsec_${btoa(String.fromCharCode(...random.bytes(SECRET_BYTES)))}`
}

/** The secrets that sign at an instant, newest first. */
export function secretsAt(
  secrets: readonly WebhookSecret[],
  now: Instant,
): readonly WebhookSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === null || endsAt > now)
}
