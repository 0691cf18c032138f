/** Cursors: where the next page of a list begins. Opaque to callers, and worth nothing but that. */
import type { Instant } from '../entitlements/instant.ts'
import { decoded, list, natural, string, Unreadable } from '../schema/read.ts'

/** Where a page ended: the values of the columns that the list is sorted by. */
export type Position = readonly (string | number)[]

const LIFETIME_MS = 86_400_000

/** Packs a position in the named list. */
export function encodeCursor(name: string, position: Position, now: Instant): string {
  const bytes = new TextEncoder().encode(JSON.stringify([name, now, position]))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

/** Reads a cursor of the named list; null when it is none, of another list, or older than 24 hours. */
export function decodeCursor(name: string, cursor: string, now: Instant): Position | null {
  const text = textOf(cursor)
  if (text === null) return null
  return decoded(text, (value) => {
    const [of, madeAt, position] = list(value)
    if (of !== name || now - natural(madeAt) > LIFETIME_MS) throw new Unreadable('not of this list')
    return list(position).map((each) => (typeof each === 'number' ? natural(each) : string(each)))
  })
}

function textOf(cursor: string): string | null {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(binary, (each) => each.charCodeAt(0)))
  } catch {
    return null
  }
}
