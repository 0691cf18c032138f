/**
 * What objects of one isolate share. They hold the same head and the same few plans: a decoded copy in each would be most
 * of what it remembers, and the collector goes through all of it.
 */

/** Texts that are kept decoded, in characters; decoded they take a few times as much. */
const CHARACTERS_MAX = 2 * 1024 * 1024

/** Decodes a text once for as long as it is kept. What comes of it is for everybody, so nobody may change it. */
export function sharing<T>(decode: (text: string) => T | null): (text: string) => T | null {
  const known = new Map<string, T>()
  let characters = 0
  return (text) => {
    const decoded = known.get(text) ?? decode(text)
    if (decoded === null || known.has(text)) return decoded
    characters += text.length
    if (characters > CHARACTERS_MAX) {
      known.clear()
      characters = text.length
    }
    known.set(text, decoded)
    return decoded
  }
}
