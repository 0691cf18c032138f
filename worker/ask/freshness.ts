import type { Instant } from '../../entitlements/instant.ts'
import type { Freshness } from '../../schema/wire/access.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { NoView, View } from './view.ts'

/** How long the object's word for a copy counts as a confirmation. */
const CONFIRMED_MS = 1_000

/** What an answer rests on: which state, how old, and how far it was checked. */
export function freshnessOf({ head, copy, servedFrom, degraded }: View, now: Instant): Freshness {
  const { vouched, readAt, snapshot, asOf, publishedAt } = copy
  return {
    servedFrom,
    version: snapshot.version,
    revision: head.head.revision,
    asOf,
    ageMs: Math.max(0, now - readAt),
    publishedAt,
    confirmed: vouched !== null && now - vouched.at < CONFIRMED_MS ? vouched.by : false,
    degraded,
  }
}

/** Of an answer without a customer: D1 has none of this id, or nothing could be asked. */
export function freshnessOfNothing({ status, head }: NoView, now: Instant): Freshness {
  const isKnown = status === 'unknown_customer'
  return {
    servedFrom: isKnown ? 'object' : 'policy',
    version: 0,
    revision: head?.head.revision ?? 0,
    asOf: instantText(now),
    ageMs: 0,
    publishedAt: null,
    confirmed: isKnown ? 'source' : false,
    degraded: !isKnown,
  }
}

/** The members of `freshness` as JSON, written by hand at a third of the cost; none of their texts needs an escape. */
export function freshnessText(freshness: Freshness): string {
  const { servedFrom, version, revision, asOf, ageMs, publishedAt, confirmed, degraded } = freshness
  return (
    `"servedFrom":"${servedFrom}","version":${version},"revision":${revision},"asOf":"${asOf}",` +
    `"ageMs":${ageMs},"publishedAt":${quoted(publishedAt)},"confirmed":${quoted(confirmed)},"degraded":${degraded}`
  )
}

function quoted<T extends false | null>(text: string | T): string {
  return typeof text === 'string' ? `"${text}"` : String(text)
}
