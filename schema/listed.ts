/**
 * Where lists of customers find a row that says something of one: `listed_at`, the time at which its customer was made.
 *
 * Lists are sorted by that time. With it in the row, a list by what rows say (a plan, an override, a limit) is a walk
 * through one index of just those rows, however many customers there are. NULL: written by a version that knew nothing
 * of it, until the tick has been here.
 */

/** The row is in no list: its customer is archived, or nothing is left of what it says. */
export const NOWHERE = -1

/** The place of a customer's rows, from its row in `customers`. */
export const LISTED_AT = `CASE WHEN archived_at IS NULL THEN created_at ELSE ${NOWHERE} END`

/** The same place from a row that has been read. */
export function placeOf(customer: {
  readonly archivedAt: number | null
  readonly createdAt: number
}): number {
  return customer.archivedAt === null ? customer.createdAt : NOWHERE
}
