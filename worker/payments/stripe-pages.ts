/** The tick's part in pages of Stripe's: whether one was paid on is asked where it was not told. */
import type Stripe from 'stripe'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import { askAgain } from './checkout-session.ts'
import { againAt } from './patience.ts'
import { readCheckout } from './stripe.ts'
import { STRIPE } from './stripe-client.ts'
import { completePage } from './stripe-hear.ts'
import type { Stepping } from './stripe-keep.ts'

/** A session that is due. */
export interface DuePage {
  readonly id: string
  readonly reference: string
  readonly createdAt: Instant
  readonly completedAt: Instant | null
}

/** No bank takes longer to say whether a payment has come. */
const WAITED_MS = 30 * DAY_MS

/** Asks Stripe what has become of a page, and has what was bought on it done. */
export async function lookAtDuePage(
  call: Stepping,
  stripe: Stripe,
  { id, reference, createdAt, completedAt }: DuePage,
): Promise<boolean> {
  // Before anything else: whatever fails must not come first at every tick.
  await askAgain(call, id, againAt(call.now, completedAt ?? createdAt))
  const page = await readCheckout(stripe, reference)
  if (!page.ok) {
    if (!page.error.isMissing) return false
    console.error({ stripe: 'unknown page', sessionId: id })
    await askAgain(call, id, null)
    return true
  }
  if (typeof page.value !== 'string') return (await completePage(call, stripe, null, page.value)).ok
  const isOver = page.value === 'closed' || call.now - createdAt > WAITED_MS
  if (isOver) await askAgain(call, id, null)
  return true
}

export const DUE_PAGES = `SELECT id, provider_reference AS reference, created_at AS createdAt, completed_at AS completedAt
  FROM checkout_sessions
  WHERE provider_name = '${STRIPE}' AND provider_due_at IS NOT NULL AND provider_due_at <= ?1
  ORDER BY provider_due_at, id LIMIT ?2`
