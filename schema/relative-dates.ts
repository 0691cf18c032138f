/** Dates that are told from now on, for documents that should be as true tomorrow. */
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/**
 * The same body with every relative date made absolute: `"-10d"`, `"+3h"`, `"now"`, counted from `base`.
 *
 * Dates are the fields that the API calls so: `at`, and names that end in `At`.
 */
export function dated(body: unknown, base: number): unknown {
  if (Array.isArray(body)) return body.map((item) => dated(item, base))
  if (typeof body !== 'object' || body === null) return body
  const entries = Object.entries(body).map(([field, value]) => [
    field,
    /(^a|A)t$/.test(field) && typeof value === 'string'
      ? absolute(value, base)
      : dated(value, base),
  ])
  return Object.fromEntries(entries)
}

/** The date that a text means: relative to `base`, or as it stands. */
export function absolute(text: string, base: number): string {
  if (text === 'now') return new Date(base).toISOString()
  const [, sign, count, unit] = /^([+-])(\d+)([mhdw])$/.exec(text) ?? []
  if (unit === undefined) return text
  const distance = Number(count) * UNITS[unit as keyof typeof UNITS]
  return new Date(sign === '-' ? base - distance : base + distance).toISOString()
}
