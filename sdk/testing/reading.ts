/** Reads words, and says which are wrong: a test that states nonsense should hear of it at once. */
import { invariant } from '../../entitlements/invariant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { absolute } from '../../schema/relative-dates.ts'
import type { Moment } from './words.ts'

/** One of a fixed list of words. */
export function oneOf<T extends string>(value: string, words: readonly T[], place: string): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw wrong(place, `${words.join(', ')}`, value)
  return found
}

/** The instant that is meant, relative ones from `now` on. */
export function instantOf(moment: Moment, now: Instant, place: string): Instant {
  const at = typeof moment === 'string' ? Date.parse(absolute(moment, now)) : moment.getTime()
  if (Number.isNaN(at)) throw wrong(place, 'a date, such as 2026-11-22T10:00:00Z or -10d', moment)
  return at
}

/** What stands under an id. */
export function known<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id)
  if (found !== undefined) return found
  const ids = [...map.keys()].join(', ')
  throw new Error(`There is no ${what} '${id}'; there is ${ids === '' ? 'none' : ids}.`)
}

/** Says what was expected where. */
export function wrong(place: string, expected: string, received: unknown): Error {
  return new Error(`${place}: expected ${expected}; received ${JSON.stringify(received)}.`)
}

/** Each under its id; one that is there twice is a mistake. */
export function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  const map = new Map(items.map((item) => [item.id, item]))
  invariant(map.size === items.length, 'every id is there once')
  return map
}
