/** One customer, as this process holds it. */
import type { Evaluated } from '../../entitlements/evaluated.ts'
import { nothingEvaluated } from '../../entitlements/evaluated.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import type { Brought } from './brought.ts'

/** How far the service looked before it answered with this very version. */
export interface Vouched {
  readonly by: 'object' | 'source'
  readonly at: Instant
}

/** A snapshot with what has been evaluated from it. Instants are the service's; `…At` of this process are its own. */
export interface Copy extends Evaluated {
  readonly snapshot: Snapshot
  /** Every plan that evaluating it may need, beside the default plan. */
  readonly planIds: readonly string[]
  /** Length of its encoding: what it counts for in the bound. */
  readonly bytes: number
  readonly publishedAt: string
  etag: string | null
  /** When this content was read from a store; as text for answers, which are written far more often. */
  readAt: Instant
  asOf: string
  /** Whether the service itself could not read something newer. */
  degraded: boolean
  /** By this process's clock: when the service was last asked for something newer, and answered. */
  askedAt: number
  /** By this process's clock: when somebody last asked about the customer; and whether since it was last asked for. */
  usedAt: number
  used: boolean
  /** Whether asking for something newer has failed since. */
  failing: boolean
  vouched: Vouched | null
}

/** The copy that an answer of the service makes. */
export function copyOf({ snapshot, bytes, etag, readAt, degraded }: Brought, now: number): Copy {
  const phases = snapshot.customer.subscriptions.flatMap((subscription) => subscription.phases)
  return {
    snapshot,
    planIds: [...new Set(phases.map(({ planId }) => planId))],
    bytes,
    publishedAt: instantText(snapshot.publishedAt),
    etag,
    readAt,
    asOf: instantText(readAt),
    degraded,
    askedAt: now,
    usedAt: now,
    used: false,
    failing: false,
    vouched: null,
    ...nothingEvaluated(),
  }
}
