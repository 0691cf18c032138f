/** What D1 has been told, for tests of events. */
import { env } from 'cloudflare:workers'

/** An event as it is stored. */
export interface ToldEvent {
  readonly type: string
  readonly at: string
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly data: any
}

/** The events of a customer, in the order in which D1 heard of them. */
export async function toldOf(customerId: string | null = 'acme'): Promise<readonly ToldEvent[]> {
  const { results } = await env.DB.prepare(
    'SELECT type, at, data FROM events WHERE customer_id IS ?1 ORDER BY n',
  )
    .bind(customerId)
    .all<{ readonly type: string; readonly at: number; readonly data: string }>()
  return results.map(({ type, at, data }) => ({
    type,
    at: new Date(at).toISOString(),
    data: JSON.parse(data),
  }))
}

/** Only their types, without those of the first `after`. */
export async function typesOf(customerId = 'acme', after = 0): Promise<readonly string[]> {
  return (await toldOf(customerId)).slice(after).map(({ type }) => type)
}
