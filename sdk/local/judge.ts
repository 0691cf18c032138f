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
  return { held, copy, entitlement, access: accessTo(entitlement, quantity, at), quantity }
}

/** Whether the verdict may leave without the service. */
export function mayDecide(
  { copy, entitlement, access, quantity }: Judged,
  denials: Denials,
  now: Instant,
): boolean {
  if (access.hasAccess) return !isNearLimit(entitlement, quantity) || isVouched(copy, now)
  return denials === 'local' || isVouched(copy, now)
}

/** The verdict, as the service would have worded it. */
export function verdictOf(judged: Judged, degraded: boolean, now: Instant): Verdict {
  const { copy, held, quantity } = judged
  return {
    ...toldOf(judged),
    quantity,
    ...freshnessOf(copy, held, degraded, now),
    decidedBy: 'local',
  }
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
    ageMs: Math.max(0, now - copy.readAt),
    publishedAt: copy.publishedAt,
    confirmed: copy.vouched !== null && isVouched(copy, now) ? copy.vouched.by : false,
    degraded: degraded || copy.degraded,
  }
}

function isVouched({ vouched }: Copy, now: Instant): boolean {
  return vouched !== null && now - vouched.at < REUSE_MS
}
