/** Requests of the control plane, which takes its time: what it does is written, poked and published. */
import type { Connection, ServiceRequest } from '../contract.ts'

/** Beside what is to be done. */
export interface ManageOptions {
  readonly signal?: AbortSignal
  /** One effect for each key. Made where absent, and kept across the client's own retries. POST alone has one. */
  readonly idempotencyKey?: string
  /** The revision that is to be changed, as `"1763805600123"`; another one is refused with `revision_mismatch`. */
  readonly ifMatch?: string
}

/** Longer than the service takes for anything: it gives up after 15 s itself. */
const PATIENCE = { timeoutMs: 20_000, budgetMs: 60_000 }

/** Sends a request with patience, and gives its body. */
export async function asked<T>(
  connection: Connection,
  request: Pick<ServiceRequest, 'method' | 'path' | 'body' | 'customerIds'>,
  { signal, idempotencyKey, ifMatch }: ManageOptions = {},
): Promise<T> {
  const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch }
  const sent = { ...PATIENCE, ...request, signal, idempotencyKey, headers }
  return (await connection.send<T>(sent)).body
}

/** A path, each of whose ids is encoded. */
export function pathOf(parts: TemplateStringsArray, ...ids: readonly string[]): string {
  return String.raw({ raw: parts }, ...ids.map((id) => encodeURIComponent(id)))
}

/** The path with its query, without what is not asked for. */
export function withQuery(path: string, query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? path : `${path}?${text}`
}
