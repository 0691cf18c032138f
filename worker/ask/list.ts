/** All entitlements of one customer, answered from one snapshot; only `fresh` asks for more than the copy at hand. */
import type { Floor } from '../../durable-objects/calls.ts'
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo } from '../../entitlements/evaluate.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Head } from '../../schema/head.ts'
import type { Freshness } from '../../schema/wire/access.ts'
import type { Asking } from '../attempt.ts'
import { headWithin, type Reach } from '../reach.ts'
import { entitlementAt, nowFor } from './evaluation.ts'
import { freshnessOf, freshnessOfNothing } from './freshness.ts'
import { policyFor } from './policy.ts'
import { satisfies, type View, view } from './view.ts'

export interface Wanted {
  readonly customerId: string
  /** Null: every feature of the catalogue. */
  readonly featureId: string | null
  readonly fresh: boolean
  readonly atLeast: Floor
  /** What the caller may know of. */
  readonly reach: Reach
}

export interface Item {
  readonly entitlement: Entitlement
  readonly access: Access
}

export interface Listed {
  readonly items: readonly Item[]
  readonly freshness: Freshness
  readonly head: Head | null
}

export async function list(
  asking: Asking,
  { customerId, featureId, fresh, atLeast, reach }: Wanted,
): Promise<Result<Listed, { readonly code: 'consistency_unavailable' }>> {
  const { now } = asking
  const found = await view(asking, { customerId, atLeast, reach, ask: fresh ? 'source' : 'anyone' })
  if (!satisfies(found, atLeast)) return err({ code: 'consistency_unavailable' })
  const head = found.head && headWithin(reach, found.head.head)
  const featureIds = featureId === null ? [...(head?.features.keys() ?? [])] : [featureId]
  const isFound = found.status === 'found'
  return ok({
    items: featureIds.map((id) =>
      isFound ? itemOf(found, id, now, reach) : policyFor(found, id, reach),
    ),
    freshness: isFound ? freshnessOf(found, now) : freshnessOfNothing(found, now),
    head,
  })
}

function itemOf(found: View, featureId: string, now: number, reach: Reach): Item {
  const at = nowFor(found, now)
  const entitlement = entitlementAt(found, featureId, at, reach)
  return { entitlement, access: accessTo(entitlement, 1, at) }
}
