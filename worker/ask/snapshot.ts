/** A customer's snapshot with what evaluating it needs, for who evaluates elsewhere. From the copies at hand, like a list. */
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { SnapshotAnswer } from '../../schema/calls.ts'
import { encodeDocument } from '../../schema/document.ts'
import { encodeHead, type Head } from '../../schema/head.ts'
import { encodeSnapshot, SNAPSHOT_ANSWER_FORMAT, type Snapshot } from '../../schema/snapshot.ts'
import type { Floor } from '../../durable-objects/calls.ts'
import type { Asking } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import type { Reach } from '../reach.ts'
import { freshnessOf } from './freshness.ts'
import { plansOf, satisfies, view } from './view.ts'

export interface Wanted {
  readonly customerId: string
  readonly fresh: boolean
  readonly atLeast: Floor
  /** Whom the caller may know of; what it may know of them is all. */
  readonly reach: Reach
}

/** The snapshot, or why there is none to be had. */
export async function snapshotFor(
  asking: Asking,
  { customerId, fresh, atLeast, reach }: Wanted,
): Promise<Result<SnapshotAnswer, Failure>> {
  const found = await view(asking, { customerId, atLeast, reach, ask: fresh ? 'source' : 'anyone' })
  if (!satisfies(found, atLeast)) return err({ code: 'consistency_unavailable' })
  switch (found.status) {
    case 'unknown_customer':
      return err({ code: 'customer_not_found', customerId })
    case 'unavailable':
      return err({ code: 'unavailable' })
    case 'found': {
      const { head, copy } = found
      const planIds = [...new Set(plansOf(head, copy))]
      const plans = planIds.flatMap((planId) => head.plans.get(planId) ?? [])
      return ok({
        format: SNAPSHOT_ANSWER_FORMAT,
        ...freshnessOf(found, asking.now),
        snapshot: SNAPSHOTS.of(copy.snapshot),
        head: HEADS.of(head.head),
        documents: plans.map((plan) => DOCUMENTS.of(plan)),
      })
    }
  }
}

/** Texts by the value that they encode: written once, however many ask, and gone with it. */
class Texts<T extends object> {
  readonly #encode: (value: T) => string
  readonly #known = new WeakMap<T, string>()

  constructor(encode: (value: T) => string) {
    this.#encode = encode
  }

  of(value: T): string {
    const known = this.#known.get(value)
    if (known !== undefined) return known
    const text = this.#encode(value)
    this.#known.set(value, text)
    return text
  }
}

const SNAPSHOTS = new Texts<Snapshot>(encodeSnapshot)
const HEADS = new Texts<Head>(encodeHead)
const DOCUMENTS = new Texts<CompiledPlan>(encodeDocument)
