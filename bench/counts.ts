/** Operations on stores, as Cloudflare bills them. */
export interface Counts {
  /** Keys read. */
  kvReads: number
  kvWrites: number
  d1Queries: number
  d1RowsRead: number
  d1RowsWritten: number
  objectCalls: number
  objectRowsRead: number
  objectRowsWritten: number
}

/** Dollars for one operation beyond what the paid plan includes (developers.cloudflare.com, November 2026). */
const PRICES: Counts = {
  kvReads: 0.5e-6,
  kvWrites: 5e-6,
  d1Queries: 0,
  d1RowsRead: 0.001e-6,
  d1RowsWritten: 1e-6,
  objectCalls: 0.15e-6,
  objectRowsRead: 0.001e-6,
  objectRowsWritten: 1e-6,
}

const REQUEST = 0.3e-6
const CPU_MS = 0.02e-6
/** An object is billed for the time that a call keeps it awake, as 128 MB whatever it uses. */
const OBJECT_SECOND = 0.128 * 12.5e-6
/** How long that is for a call that commits: measured from outside by others, for no machine here can tell. */
const OBJECT_CALL_MS = 16

/** What a million requests cost, by what each does and the processor time that it takes. */
export function dollarsPerMillion(counts: Counts, cpuUs: number): number {
  const operations = Object.entries(PRICES).reduce(
    (sum, [name, price]) => sum + (name in counts ? counts[name as keyof Counts] * price : 0),
    0,
  )
  const awake = counts.objectCalls * (OBJECT_CALL_MS / 1000) * OBJECT_SECOND
  return 1e6 * (REQUEST + (cpuUs / 1000) * CPU_MS + operations + awake)
}
