/**
 * Names of fields: Kelviq's SDK for Node sends them in snake_case, its documentation and its SDK for Python in
 * camelCase. Both are understood; answers are in camelCase.
 */

/** What is under these names belongs to the caller, names included. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['metadata', 'properties', 'value'])

/** A JSON value with the names of all its fields in camelCase, however deep; the caller's own stay as they are. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => {
    const known = camelCase(name)
    return [known, CALLERS_OWN.has(known) ? member : camelCased(member)] as const
  })
  return Object.fromEntries(members)
}

function camelCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase())
}
