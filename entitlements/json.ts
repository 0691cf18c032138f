/** What JSON values mean, apart from how they are written down. */
import type { Json } from './allowance.ts'

/** The length of the value's JSON text in bytes of UTF-8, which is how stores and the wire bound it. */
export function jsonBytes(value: Json): number {
  let bytes = 0
  for (const character of JSON.stringify(value)) bytes += utf8Bytes(character)
  return bytes
}

/** Whether two JSON values say the same: the order of an object's members does not matter, a list's does. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** `character` is one code point; JSON text never holds half a surrogate pair. */
function utf8Bytes(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x10000 ? 3 : 4
}
