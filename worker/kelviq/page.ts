/** Lists in numbered pages, where ours go on from a cursor. */
import { ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import { originOf } from '../respond.ts'
import { ask, type Question, type Reply, type Said } from './row.ts'

const PAGE_SIZE_MAX = 100
const PAGE_SIZE = 10

/** Which part of a list is asked for. */
export interface PageAsked {
  readonly page: number
  readonly pageSize: number
  /** How many come before it. */
  readonly skip: number
}

/**
 * The page that a query asks for; null where `page` is none. A size that is none, or too large, is taken for the
 * nearest that is, as Kelviq does.
 */
export function pageAsked({ query }: Pick<Said, 'query'>, usual = PAGE_SIZE): PageAsked | null {
  const page = wholeFrom1(query.get('page') ?? '1')
  if (page === null) return null
  const asked = wholeFrom1(query.get('page_size') ?? '')
  const pageSize = Math.min(asked ?? usual, PAGE_SIZE_MAX)
  return { page, pageSize, skip: (page - 1) * pageSize }
}

function wholeFrom1(text: string): number | null {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : null
}

export const NO_SUCH_PAGE: Reply = { status: 404, body: { detail: 'Invalid page.' } }

/** One page of a list of `count`; beyond its end there is none, but for the first page of an empty one. */
export function pageOf(
  { spoken }: Pick<Said, 'spoken'>,
  { page, pageSize, skip }: PageAsked,
  count: number,
  results: readonly object[],
): Reply {
  if (page > 1 && skip >= count) return NO_SUCH_PAGE
  const linkTo = (other: number) => linkFrom(spoken, other)
  const next = skip + pageSize < count ? linkTo(page + 1) : null
  const previous = page > 1 ? linkTo(page - 1) : null
  return { body: { count, next, previous, results } }
}

/** The page of a list that is at hand as a whole. */
export function pageOfWhole<T>(
  said: Said,
  whole: readonly T[],
  view: (each: T) => object,
  usual = PAGE_SIZE,
): Reply {
  const asked = pageAsked(said, usual)
  if (asked === null) return NO_SUCH_PAGE
  const { skip, pageSize } = asked
  return pageOf(said, asked, whole.length, whole.slice(skip, skip + pageSize).map(view))
}

/** The same request for another page. */
function linkFrom({ url, request }: Said['spoken'], page: number): string {
  const { pathname, searchParams } = new URL(url)
  searchParams.set('page', String(page))
  return `${originOf(request)}${pathname}?${searchParams.toString()}`
}

interface CursorPage<T> {
  readonly data: readonly T[]
  readonly nextCursor: string | null
}

/** How many of our pages are read on from one to the next: 1,000 entries. */
const PAGES_MAX = 10

/**
 * A list of ours from its beginning, at most 1,000 entries of it, for what is known to be short: the subscriptions of
 * one customer, the features and plans of a catalogue.
 */
export async function readWhole<T>(
  said: Said,
  { query = {}, ...question }: Question,
): Promise<Result<readonly T[], Failure>> {
  const found: T[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const from: Record<string, string> = cursor === null ? {} : { cursor }
    const part: Result<CursorPage<T>, Failure> = await ask<CursorPage<T>>(said, {
      ...question,
      query: { ...query, pageSize: String(PAGE_SIZE_MAX), ...from },
    })
    if (!part.ok) return part
    found.push(...part.value.data)
    cursor = part.value.nextCursor
    if (cursor === null) break
  }
  return ok(found)
}
