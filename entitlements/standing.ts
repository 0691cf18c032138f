/**
 * Standings: what a customer holds between two dated facts.
 *
 * Which subscriptions hold, which phase and override apply and what they grant changes at dates that the facts name
 * and nowhere else. So it is worked out once for each stretch between two such dates and kept with the customer, for
 * as long as somebody holds that very customer and catalogue. Facts never change in place: a new fact is a new value.
 */
import type { Catalogue } from './catalogue.ts'
import type { Customer } from './customer.ts'
import type { Grant } from './grant.ts'
import type { Holding } from './holding.ts'
import type { Instant } from './instant.ts'
import { datesOf } from './status.ts'

/** One stretch `[from, until)` without a dated fact inside; each part is filled in by whoever works it out first. */
export interface Standing {
  readonly from: Instant
  readonly until: Instant
  holdings: readonly Holding[] | null
  /** See `factAfter`. */
  fact: Instant | null | undefined
  /** By feature. */
  readonly grants: Map<string, readonly Grant[]>
}

/** The stretch of this customer under this catalogue that `at` lies in. */
export function standingAt(customer: Customer, catalogue: Catalogue, at: Instant): Standing {
  let known = KNOWN.get(customer)
  if (known?.catalogue !== catalogue) {
    known = { catalogue, dates: known?.dates ?? factDates(customer), standings: [] }
    KNOWN.set(customer, known)
  }
  const { standings } = known
  for (const standing of standings) if (standing.from <= at && at < standing.until) return standing
  if (standings.length >= STANDINGS_MAX) standings.length = 0
  const standing = newStanding(known.dates, at)
  standings.push(standing)
  return standing
}

/** A walk over boundaries and the instants just before them goes back and forth between few stretches. */
const STANDINGS_MAX = 4

interface Known {
  readonly catalogue: Catalogue
  readonly dates: readonly Instant[]
  readonly standings: Standing[]
}

const KNOWN = new WeakMap<Customer, Known>()

function newStanding(dates: readonly Instant[], at: Instant): Standing {
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const date of dates) {
    if (date <= at) from = Math.max(from, date)
    else until = Math.min(until, date)
  }
  return { from, until, holdings: null, fact: undefined, grants: new Map() }
}

/** Every date at which anything that is known of the customer begins or ceases to hold. */
function factDates({ createdAt, subscriptions, overrides }: Customer): readonly Instant[] {
  const dates = [createdAt, ...subscriptions.flatMap(datesOf)]
  for (const { startAt, expiresAt } of overrides) {
    dates.push(startAt)
    if (expiresAt !== null) dates.push(expiresAt)
  }
  return dates
}
