import { ok } from '../../entitlements/result.ts'
import { HEAD_KEY } from '../../schema/head.ts'
import { attempt } from '../attempt.ts'
import { NO_FLOOR } from '../isolate.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'
import type { Call, Outcome } from '../route.ts'
import type { Store } from '../timing.ts'

const LIMIT_MS = 3_000

/** No customer's id begins with a blank, so this object is nobody's. */
const PROBE = ' ready'

interface Backlog {
  readonly oldest: number | null
  readonly unsynced: number
  readonly overdue: number
}

/** Every store's round trip, and what the next tick has to catch up with. 503 when a store does not answer. */
export async function getReady(call: Call): Promise<Outcome> {
  const { ports, now } = call
  const [kv, object, d1] = await Promise.all([
    probe(call, 'kv', () => ports.kv.get(HEAD_KEY, { type: 'text', cacheTtl: 30 })),
    probe(call, 'do', () =>
      ports.customers(PROBE).read({ fresh: false, republish: false, atLeast: NO_FLOOR }),
    ),
    probe(call, 'd1', () => ports.db.prepare(backlogOf(ports)).bind(now).first<Backlog>()),
  ])
  const isReady = kv.ok && object.ok && d1.ok
  const { oldest = null, unsynced = 0, overdue = 0 } = d1.value ?? {}
  return ok({
    status: isReady ? 200 : 503,
    body: {
      ready: isReady,
      stores: { kv: told(kv), object: told(object), d1: told(d1) },
      unsynced: { count: unsynced, oldestAgeMs: oldest === null ? 0 : Math.max(0, now - oldest) },
      overdue: { count: overdue },
    },
  })
}

/** A revision is the time of its change, or a little later where changes came thick. */
const backlogOf = (ports: Ports) => `SELECT
  (SELECT min(revision) FROM customers WHERE synced_revision IS NOT NULL AND revision > synced_revision) AS oldest,
  (SELECT count(*) FROM customers WHERE synced_revision IS NOT NULL AND revision > synced_revision) AS unsynced,
  (SELECT count(*) FROM customers WHERE next_due IS NOT NULL AND next_due <= ?1 AND ${clockIn(ports)} IS NULL) AS overdue`

interface Probed<T> {
  readonly ok: boolean
  readonly roundTripMs: number
  readonly value: T | null
}

async function probe<T>(call: Call, store: Store, work: () => Promise<T>): Promise<Probed<T>> {
  const startedAt = call.ports.clock.now()
  const found = await attempt(call, store, LIMIT_MS, work)
  const roundTripMs = call.ports.clock.now() - startedAt
  return { ok: found.ok, roundTripMs, value: found.ok ? found.value : null }
}

function told({ ok: isUp, roundTripMs }: Probed<unknown>) {
  return { ok: isUp, roundTripMs }
}
