/** From a copy to a verdict, by the rules of the edge: a grant far from a limit is given, anything else needs more. */
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo } from '../../entitlements/evaluate.ts'
import { entitlementFrom } from '../../entitlements/evaluated.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { isNearLimit } from '../../entitlements/margin.ts'
import { entitlementAnswer } from '../../schema/answer.ts'
import type { Entitlement as Told, Freshness } from '../../schema/calls.ts'
import { hintFor } from '../../schema/hint.ts'
import type { Verdict } from '../contract.ts'
import type { HeldCatalogue } from './copies.ts'
import type { Copy } from './copy.ts'

/** How long what the service said of this very version may be used again. */
const REUSE_MS = 1_000

/** What a copy says to one question. */
export interface Judged {
  readonly held: HeldCatalogue
  readonly copy: Copy
  readonly entitlement: Entitlement
  readonly access: Access
  readonly quantity: number
  /** By the service's clock. */
  readonly now: Instant
}

/** Whether a denial is given from the copy, or only after the service has confirmed it. */
export type Denials = 'local' | 'confirm'

/** Evaluates a copy at `now`, by the customer's own clock where it has one. */
export function judge(
  held: HeldCatalogue,
  copy: Copy,
  featureId: string,
  quantity: number,
  now: Instant,
): Judged {
  const at = copy.snapshot.customer.clockAt ?? now
  const entitlement = entitlementFrom(copy, copy.snapshot, held.catalogue, featureId, at)
  return { held, copy, entitlement, access: accessTo(entitlement, quantity, at), quantity, now }
}

/** Whether the verdict may leave without the service. */
export function mayDecide(
  { copy, entitlement, access, quantity, now }: Judged,
  denials: Denials,
): boolean {
  if (access.hasAccess) return !isNearLimit(entitlement, quantity) || isVouched(copy, now)
  return denials === 'local' || isVouched(copy, now)
}

/** The verdict, as the service would have worded it. Worded once for as long as nothing of it but its age is another. */
export function verdictOf(judged: Judged, degraded: boolean): Verdict {
  const { entitlement, copy, held, quantity, now } = judged
  const kept = worded.get(entitlement)
  const isKept = kept !== undefined && isSame(kept, judged, degraded)
  const ageMs = ageOf(copy, now)
  if (isKept && kept.ageMs === ageMs) return kept
  const verdict: Verdict = isKept
    ? { ...kept, ageMs }
    : {
        ...toldOf(judged),
        quantity,
        ...freshnessOf(copy, held, degraded, now),
        decidedBy: 'local',
      }
  // That an override ends soon is said from some instant on, at which nothing else changes.
  if (entitlement.overrideExpiresAt === null) worded.set(entitlement, verdict)
  return verdict
}

/** An entitlement is of one copy under one catalogue, and goes with them. */
const worded = new WeakMap<Entitlement, Verdict>()

function isSame(kept: Verdict, { copy, quantity, now }: Judged, degraded: boolean): boolean {
  return (
    kept.quantity === quantity &&
    kept.asOf === copy.asOf &&
    kept.degraded === (degraded || copy.degraded) &&
    kept.confirmed === confirmedBy(copy, now)
  )
}

/** Everything that the customer has. */
export function toldOf({ held, copy, entitlement, access }: Judged): Told {
  const hint = access.hasAccess ? null : hintFor(entitlement, held.head)
  return entitlementAnswer({ customerId: copy.snapshot.customer.id, entitlement, access, hint })
}

/** What an answer from a copy rests on. */
export function freshnessOf(
  copy: Copy,
  { head }: HeldCatalogue,
  degraded: boolean,
  now: Instant,
): Freshness {
  return {
    servedFrom: 'memory',
    version: copy.snapshot.version,
    revision: head.revision,
    asOf: copy.asOf,
    ageMs: ageOf(copy, now),
    publishedAt: copy.publishedAt,
    confirmed: confirmedBy(copy, now),
    degraded: degraded || copy.degraded,
  }
}

function ageOf({ readAt }: Copy, now: Instant): number {
  return Math.max(0, now - readAt)
}

function confirmedBy(copy: Copy, now: Instant): Verdict['confirmed'] {
  return copy.vouched !== null && isVouched(copy, now) ? copy.vouched.by : false
}

function isVouched({ vouched }: Copy, now: Instant): boolean {
  return vouched !== null && now - vouched.at < REUSE_MS
}
