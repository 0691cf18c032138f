/** From a path to the row that it means. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import type { Row } from './row.ts'

/** What all paths of this protocol begin with. */
export const PREFIX = '/api/v1/'

export interface Found {
  readonly row: Row
  readonly params: ReadonlyMap<string, string>
}

/** Finds rows by the path as it was sent, still percent-encoded. */
export function finder(
  rows: readonly Row[],
): (method: string, path: string) => Result<Found, Failure> {
  const patterns = rows.map((row) => ({ row, pattern: patternOf(row.path) }))
  return (method, path) => {
    const below = path.slice(PREFIX.length - 1).replace(/\/$/, '')
    for (const { row, pattern } of patterns) {
      const match = row.method === method ? pattern.exec(below) : null
      if (match !== null) return ok({ row, params: paramsOf(match.groups ?? {}) })
    }
    const others = patterns.filter(({ pattern }) => pattern.test(below))
    const allow = [...new Set(others.map(({ row }) => row.method))]
    return allow.length === 0
      ? err({ code: 'route_not_found', method, path })
      : err({ code: 'method_not_allowed', allow })
  }
}

function patternOf(path: string): RegExp {
  const steps = path.replaceAll(/:(\w+)(\+?)/g, (_, name: string, rest: string) =>
    rest === '' ? `(?<${name}>[^/]+)` : `(?<${name}>.+)`,
  )
  return new RegExp(`^${steps}$`)
}

function paramsOf(groups: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(groups).map(([name, text]) => [name, decoded(text)]))
}

/** As it was meant: who does not encode ids sends a percent sign as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
