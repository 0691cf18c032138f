import type { Failure } from './failures.ts'

/** The `ETag` of a resource that has a revision. */
export const tagOf = (revision: number): string => `"${revision}"`

/** In the place of a tag that has to match: the resource must not exist yet. */
export const NOTHING_YET = ''

/** What a change asks of the resource's tag, and null where it asks nothing: `If-Match`, or that nothing be there yet. */
export function conditionOf({ method, headers }: Request): string | null {
  if (method === 'GET') return null
  if (method === 'PUT' && headers.get('If-None-Match') === '*') return NOTHING_YET
  return headers.get('If-Match')
}

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

/** Whether `If-None-Match` names what the tag names: weak comparison, as RFC 9110 asks of it. */
export function isNamedIn(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false
  const bare = etag.replace(/^W\//, '')
  return ifNoneMatch.split(',').some((each) => {
    const tag = each.trim().replace(/^W\//, '')
    return tag === '*' || tag === bare
  })
}

/** The `ETag` of what is said, not of when it was read; weak, because what stands beside it goes on. */
export async function tagOfContent(said: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(said))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0'))
  return `W/"${hex.join('')}"`
}
