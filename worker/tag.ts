import type { Failure } from './failures.ts'

/** The `ETag` of a resource that has a revision. */
export const tagOf = (revision: number): string => `"${revision}"`

/** In the place of a tag that has to match: the resource must not exist yet. */
export const NOTHING_YET = ''

/**
 * Whether an edit may go ahead under the caller's `If-Match`: null, or why not.
 *
 * @param tag The resource's tag now; null where it does not exist.
 */
export function ifMatchFailure(
  ifMatch: string | null,
  tag: string | null,
  revision: number | null,
): Failure | null {
  if (ifMatch === null) return null
  const wanted = ifMatch.split(',').map((each) => each.trim())
  const matches =
    tag === null ? ifMatch === NOTHING_YET : wanted.includes('*') || wanted.includes(tag)
  return matches ? null : { code: 'revision_mismatch', revision }
}
