import { env } from 'cloudflare:workers'

/**
 * Everything that D1 holds, by table: equal before and after means that nothing was changed. When a key was last
 * used is left out: that is written behind any answer.
 */
export async function dump(): Promise<Record<string, unknown>> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  ).all<{ name: string }>()
  const names = tables.results.map(({ name }) => name)
  const rows = await env.DB.batch(names.map((name) => env.DB.prepare(`SELECT * FROM "${name}"`)))
  return Object.fromEntries(names.map((name, at) => [name, rows[at]?.results.map(withoutUse)]))
}

function withoutUse(row: unknown): unknown {
  return { ...Object(row), last_used_at: undefined }
}
