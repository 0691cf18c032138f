/** From events to what is owed: one row for each endpoint that wants to hear of one. */
import type { Instant } from '../../entitlements/instant.ts'
import type { Ports } from '../ports.ts'

/** How many events are looked at in one go, so that no statement takes long. */
const EVENTS_A_ROUND = 200
const ROUNDS_MAX = 10

/**
 * Writes down what endpoints are owed for events that nobody has looked at for them. Both statements are one
 * transaction that begins from the endpoints' own places, so whoever does it at the same time finds it done.
 */
export async function fanOut({ db }: Pick<Ports, 'db'>, now: Instant): Promise<void> {
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    const [, moved] = await db.batch([db.prepare(OWE).bind(now), db.prepare(MOVE_ON)])
    if (moved?.meta.changes === 0) return
  }
}

const OWE = `INSERT INTO webhook_deliveries (webhook_id, event_n, tries, next_at, created_at)
  SELECT webhooks.id, events.n, 0, ?1, ?1
  FROM webhooks CROSS JOIN events ON events.n > webhooks.after_n AND events.n <= webhooks.after_n + ${EVENTS_A_ROUND}
  WHERE webhooks.disabled_at IS NULL
    AND EXISTS (SELECT 1 FROM json_each(webhooks.events) AS wanted WHERE events.type GLOB wanted.value)
  ON CONFLICT DO NOTHING`

/** To right before the next event that was not looked at: their numbers have gaps, where old ones were dropped. */
const MOVE_ON = `UPDATE webhooks SET after_n = coalesce(
    (SELECT min(n) FROM events WHERE n > webhooks.after_n + ${EVENTS_A_ROUND}) - 1, (SELECT max(n) FROM events))
  WHERE disabled_at IS NULL AND after_n < (SELECT max(n) FROM events)`
