/**
 * The known id that is spelled most like this one, or null when none is near enough to be meant.
 *
 * Near: the edits (insert, drop, replace a character) that lead from one to the other are at most a third of
 * the longer id.
 */
export function suggestion(id: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let fewest = Infinity
  for (const candidate of known) {
    const length = Math.max(id.length, candidate.length)
    const edits = editsBetween(id, candidate)
    if (edits > length / 3 || edits >= fewest) continue
    best = candidate
    fewest = edits
  }
  return best
}

/** Levenshtein's distance, one row at a time. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
