/** What the service brings: read with the same codecs by which it was written. */
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { decodeDocument } from '../../schema/document.ts'
import { decodeHead, type Head } from '../../schema/head.ts'
import { fields, integer, list, natural, string } from '../../schema/read.ts'
import { decodeSnapshot, SNAPSHOT_ANSWER_FORMAT, type Snapshot } from '../../schema/snapshot.ts'

/** A customer's snapshot, the head, and the plans that evaluating the customer needs. */
export interface Brought {
  readonly snapshot: Snapshot
  readonly bytes: number
  readonly etag: string | null
  readonly head: Head
  readonly plans: readonly CompiledPlan[]
  /** By the service's clock. */
  readonly readAt: Instant
  readonly degraded: boolean
  /** The service's clock as it answered. */
  readonly answeredAt: Instant
}

/**
 * Reads the answer of `GET /v1/customers/{id}/snapshot`; null when any part of it is not as this package knows it, as it
 * may be once the service is a newer one: then there is no copy, and the service is asked.
 *
 * @param known The head at hand: one of the same revision is not read again.
 */
export function readBrought(
  body: unknown,
  etag: string | null,
  customerId: string,
  known: Head | null,
): Brought | null {
  try {
    const answer = fields(body)
    if (answer['format'] !== SNAPSHOT_ANSWER_FORMAT) return null
    const text = string(answer['snapshot'])
    const snapshot = decodeSnapshot(text)
    const isKnown = known !== null && known.revision === natural(answer['revision'])
    const head = isKnown ? known : decodeHead(string(answer['head']))
    if (snapshot === null || head === null || snapshot.customer.id !== customerId) return null
    const plans = list(answer['documents']).map((each) => decodeDocument(string(each)))
    const readAt = integer(Date.parse(string(answer['asOf'])))
    return {
      snapshot,
      bytes: text.length,
      etag,
      head,
      plans: plans.filter((plan) => plan !== null),
      readAt,
      degraded: answer['degraded'] === true,
      answeredAt: readAt + natural(answer['ageMs']),
    }
  } catch {
    return null
  }
}
