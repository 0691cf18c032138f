/**
 * Reads values out of text that was stored or sent: each function returns what it names or throws `Unreadable`.
 *
 * Written by hand because stored text is read on the check path, where a schema library costs more than the check.
 */
import type { Json } from '../entitlements/allowance.ts'

/** Says that stored text is not what its writer promises. Never leaves a decoder: `decoded` turns it into null. */
export class Unreadable extends Error {}

/** Parses `text` as JSON and reads it; null when any part of it is not as promised, whatever the text. */
export function decoded<T>(text: string, read: (value: unknown) => T): T | null {
  try {
    return read(JSON.parse(text))
  } catch {
    return null
  }
}

/** A whole number that a double holds exactly. */
export function integer(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new Unreadable('not an integer')
}

/** A whole number from 0 to 2^53 − 1. */
export function natural(value: unknown): number {
  const number = integer(value)
  if (number >= 0) return number
  throw new Unreadable('negative')
}

/** Any string. */
export function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw new Unreadable('not a string')
}

/** A yes or no that is stored as 1 or 0. */
export function flag(value: unknown): boolean {
  if (value === 1) return true
  if (value === 0) return false
  throw new Unreadable('not a flag')
}

/** The counterpart of `flag`. */
export const toFlag = (value: boolean): 0 | 1 => (value ? 1 : 0)

/** An array whose elements are still to be read. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new Unreadable('not a list')
}

/** A list that a column holds as JSON. */
export function storedList(value: unknown): readonly unknown[] {
  return list(JSON.parse(string(value)))
}

/** An object whose fields are still to be read. Ask it for fixed names only, never for an id. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  // A JSON object's fields are all `unknown` until they are read one by one.
  if (isObject(value)) return value as Readonly<Record<string, unknown>>
  throw new Unreadable('not an object')
}

/** What `read` returns, or null where null is stored. */
export function nullable<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value)
}

/** One of a fixed list of words. */
export function word<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((each) => each === value)
  if (found !== undefined) return found
  throw new Unreadable('not a known word')
}

/** One of a fixed list of words, stored as its position; the list may only ever grow at its end. */
export function wordAt<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words[natural(value)]
  if (found !== undefined) return found
  throw new Unreadable('not a known word')
}

/** Any JSON but null. */
export function jsonValue(value: unknown): Exclude<Json, null> {
  // The value came out of JSON.parse, so it is JSON all the way down.
  if (value !== null && value !== undefined) return value as Exclude<Json, null>
  throw new Unreadable('no value')
}

/** Pairs as a map; a repeated key is refused, because two readers could choose differently. */
export function entries<T>(value: unknown, read: (entry: readonly unknown[]) => T): Map<string, T> {
  const map = new Map<string, T>()
  for (const each of list(value)) {
    const entry = list(each)
    const key = string(entry[0])
    if (map.has(key)) throw new Unreadable('repeated key')
    map.set(key, read(entry))
  }
  return map
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
