/**
 * Stops the operation when a fact that the code relies on does not hold.
 *
 * For defects only: a corrupt row, an impossible state. Whatever a caller can cause is a `Result`.
 * The outermost handler turns the throw into `internal`; a transaction around it rolls back.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`)
}
