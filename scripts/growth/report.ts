/** How far the test of growth goes, what it finds, and how that reads. */

export interface Growth {
  /** Numbers of customers, ascending. */
  readonly sizes: readonly number[]
  /** Customers who are due in one instant, each with an object. */
  readonly due: number
}

/** What something took. */
export interface Cost {
  /** Rows that D1 read. */
  readonly rows: number
  /** Statements that D1 was given. */
  readonly queries: number
  /** Keys that KV was asked for, and writes and deletes. */
  readonly kv: number
  /** Calls of objects. */
  readonly objects: number
}

/** What a test leaves behind for the table. */
export interface Findings {
  /** Costs by what was done, of one number of customers. */
  readonly size?: {
    readonly customers: number
    readonly costs: readonly (readonly [string, Cost])[]
  }
  /** Costs of ticks, one after the other, and how many customers each had done. */
  readonly ticks?: readonly (Cost & { readonly done: number })[]
}

declare module 'vitest' {
  interface TaskMeta {
    findings?: Findings
  }
}

/** Small for `npm test`; `npm run growth` sets more. */
const SMALL: Growth = { sizes: [100, 10_000], due: 300 }

/** The variable, and then the binding, that carries it as JSON from the command to the test. */
export const GROWTH = 'SLUICE_GROWTH'

export function growthText(variables: Readonly<Record<string, string | undefined>>): string {
  return variables[GROWTH] ?? JSON.stringify(SMALL)
}

/** The findings as Markdown: what each thing takes at each size, then what each tick took. */
export function tables(findings: readonly Findings[]): string {
  const sizes = findings.flatMap(({ size }) => size ?? [])
  const names = sizes[0]?.costs.map(([name]) => name) ?? []
  const rows = names.map((name) => {
    const costs = sizes.map(({ costs }) => new Map(costs).get(name))
    return [name, ...costs.map((cost) => (cost === undefined ? '' : cellOf(cost)))]
  })
  const head = [
    'D1 rows / D1 queries / KV / objects',
    ...sizes.map(({ customers }) => whole(customers)),
  ]
  const ticks = findings.flatMap((each) => each.ticks ?? [])
  const spent = ticks.map(({ done, objects, queries, kv, rows: read }, at) =>
    [at + 1, done, objects, queries, kv, read].map(whole),
  )
  return [
    table(head, rows),
    table(['tick', 'customers done', 'object calls', 'D1 queries', 'KV', 'D1 rows'], spent),
  ].join('\n\n')
}

function cellOf({ rows, queries, kv, objects }: Cost): string {
  return [rows, queries, kv, objects].map(whole).join(' / ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function whole(value: number): string {
  return value.toLocaleString('en')
}
