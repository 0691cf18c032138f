/** The rows of one result of a batch, which has the shape of what its statement selects. */
export function rowsIn<T>(result: D1Result | undefined): readonly T[] {
  return (result?.results ?? []) as readonly T[]
}

/** The first of them. */
export function rowIn<T>(result: D1Result | undefined): T | undefined {
  return rowsIn<T>(result)[0]
}
