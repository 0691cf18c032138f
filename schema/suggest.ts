/**
 * The id that was probably meant: the nearest of `ids` within a third of its length, at least two edits; null when
 * none is near. An edit inserts, drops, replaces or swaps characters.
 */
export function suggestion(id: string, ids: Iterable<string>): string | null {
  let best: string | null = null
  let bound = Math.max(2, Math.floor(id.length / 3))
  for (const candidate of ids) {
    const edits = distance(id, candidate, bound)
    if (edits > bound || candidate === id) continue
    best = candidate
    bound = edits - 1
  }
  return best
}

/** Edits from `a` to `b` (optimal string alignment), or anything above `bound` when there are more. */
function distance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const next = [row]
    for (let column = 1; column <= b.length; column++) {
      next.push(cheapest(a, b, row, column, { before, last, next }))
    }
    before = last
    last = next
  }
  return at(last, b.length)
}

interface Rows {
  readonly before: readonly number[]
  readonly last: readonly number[]
  readonly next: readonly number[]
}

function cheapest(a: string, b: string, row: number, column: number, rows: Rows): number {
  const same = a[row - 1] === b[column - 1]
  const replaced = at(rows.last, column - 1) + (same ? 0 : 1)
  const swapped =
    a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      ? at(rows.before, column - 2) + 1
      : Infinity
  return Math.min(replaced, swapped, at(rows.last, column) + 1, at(rows.next, column - 1) + 1)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
