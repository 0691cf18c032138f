/** How far changes have got: into customers' objects, to the edge, and to those who are told of them. */
import type { Instant } from '../../entitlements/instant.ts'
import { decodeHead, HEAD_KEY } from '../../schema/head.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import { BEHIND_COUNT_MAX, type OverviewAnswer } from '../../schema/wire/overview.ts'
import { type Asking, attempt } from '../attempt.ts'
import type { HeadCopied } from '../head.ts'
import { clockIn } from '../own-clock.ts'
import type { Ports } from '../ports.ts'
import { rowsIn } from '../result-rows.ts'

type Health = Pick<OverviewAnswer, 'propagation' | 'deliveries'>

/** What the edge reads of the catalogue's head. */
export type AtEdge = Pick<Health['propagation']['catalogue'], 'edgeRevision' | 'copiedAt'>

const KV_LIMIT_MS = 3_000

/** How old the edge's own copy may be: KV's minimum. */
const CACHE_SECONDS = 30

/** For one batch; `healthFrom` reads its results in this order. */
export function healthStatements(
  ports: Pick<Ports, 'db' | 'testClocks'>,
  now: Instant,
): readonly D1PreparedStatement[] {
  const { db } = ports
  return [
    db.prepare(backlogOf(ports)).bind(BEHIND_COUNT_MAX, now),
    db.prepare(OWED).bind(BEHIND_COUNT_MAX),
  ]
}

/** How it stands. */
export function healthFrom(
  [backlog, owed]: readonly D1Result[],
  { edgeRevision, copiedAt }: AtEdge,
): Health {
  const [found] = rowsIn<Backlog>(backlog)
  const endpoints = rowsIn<Endpoint>(owed)
  return {
    propagation: {
      unsynced: { count: found?.unsynced ?? 0, oldestAt: textOrNull(found?.oldest ?? null) },
      overdue: { count: found?.overdue ?? 0, oldestAt: textOrNull(found?.due ?? null) },
      catalogue: { revision: found?.revision ?? 0, edgeRevision, copiedAt },
    },
    deliveries: {
      owed: owedTo(endpoints),
      failing: endpoints.filter(({ failingSince }) => failingSince !== null).length,
    },
  }
}

/** Asks the edge what it has. */
export async function readAtEdge(asking: Asking): Promise<AtEdge> {
  const found = await attempt(asking, 'kv', KV_LIMIT_MS, () =>
    asking.ports.kv.getWithMetadata<HeadCopied>(HEAD_KEY, {
      type: 'text',
      cacheTtl: CACHE_SECONDS,
    }),
  )
  if (!found.ok) return { edgeRevision: null, copiedAt: null }
  const { value, metadata } = found.value
  return {
    edgeRevision: value === null ? null : (decodeHead(value)?.revision ?? null),
    copiedAt: textOrNull(metadata?.at ?? null),
  }
}

interface Backlog {
  readonly revision: number | null
  readonly oldest: Instant | null
  readonly unsynced: number
  readonly overdue: number
  readonly due: Instant | null
}

/** What one endpoint that is turned on is owed. */
interface Endpoint {
  readonly failingSince: Instant | null
  readonly count: number
  readonly oldest: Instant | null
}

function owedTo(endpoints: readonly Endpoint[]): Health['deliveries']['owed'] {
  const count = endpoints.reduce((sum, each) => sum + each.count, 0)
  const oldest = endpoints.flatMap((each) => each.oldest ?? [])
  return {
    count: Math.min(count, BEHIND_COUNT_MAX),
    oldestAt: oldest.length === 0 ? null : instantText(Math.min(...oldest)),
  }
}

const IS_UNSYNCED = 'synced_revision IS NOT NULL AND revision > synced_revision'

/** A revision is the time of its change, or a little later where changes came thick. */
const backlogOf = (ports: Pick<Ports, 'testClocks'>) => `SELECT
  (SELECT revision FROM catalogue) AS revision,
  (SELECT min(revision) FROM customers WHERE ${IS_UNSYNCED}) AS oldest,
  (SELECT count(*) FROM (SELECT 1 FROM customers WHERE ${IS_UNSYNCED} LIMIT ?1)) AS unsynced,
  count(next_due) AS overdue, min(next_due) AS due
  FROM (SELECT next_due, ${clockIn(ports)} AS clock FROM customers
    WHERE next_due IS NOT NULL AND next_due <= ?2 ORDER BY next_due LIMIT ?1)
  WHERE clock IS NULL`

const OWED = `SELECT failing_since AS failingSince,
    (SELECT count(*) FROM (
      SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks.id LIMIT ?1)) AS count,
    (SELECT created_at FROM webhook_deliveries WHERE webhook_id = webhooks.id ORDER BY event_n LIMIT 1) AS oldest
  FROM webhooks WHERE disabled_at IS NULL`
