/** A number of [0, 1) that is the same each time: what a seed makes of its nth customer must not depend on when. */
export function chance(n: number, about: number): number {
  // Mulberry32, one step of it: small, and nothing of it shows in lists.
  let mixed = Math.imul(n ^ Math.imul(about, 0x9e3779b1), 0x6d2b79f5)
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** One of these, by chance; the list is never empty. */
export function oneOf<T>(all: readonly [T, ...T[]], n: number, about: number): T {
  return all[Math.floor(chance(n, about) * all.length)] ?? all[0]
}
