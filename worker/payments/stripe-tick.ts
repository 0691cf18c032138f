/**
 * The tick's part in keeping in step with Stripe: whoever is due is told what was decided, and asked how things are.
 * A net under webhooks and under what a request tells on its way out; it judges nothing.
 */
import type { Ports } from '../ports.ts'
import { queryBudget } from '../query-budget.ts'
import type { Environment } from '../route.ts'
import { startTiming } from '../timing.ts'
import { STRIPE, stripeOf } from './stripe-client.ts'
import { keepInStep, type Stepping } from './stripe-keep.ts'

/** At most five requests of Stripe each, and a few queries: a tick has other things to do. */
const DUE_MAX = 20

/** How many are asked about at the same time. */
const AT_ONCE = 5

/** One round of those who are due, the longest due first; who fails is due again a little later. */
export async function tendStripe(
  ports: Ports,
  environment: Environment,
  queriesMax: number,
): Promise<void> {
  const { db, left } = queryBudget(ports.db, queriesMax)
  const call = callOf({ ...ports, db }, environment)
  const { results } = await db.prepare(DUE).bind(call.now, DUE_MAX).all<{ readonly id: string }>()
  if (results.length === 0) return
  const stripe = await stripeOf(call)
  for (let from = 0; from < results.length && left() > 0; from += AT_ONCE) {
    const some = results.slice(from, from + AT_ONCE)
    const kept = await Promise.allSettled(some.map(({ id }) => keepInStep(call, stripe, id, null)))
    report(kept)
  }
}

/** Changing things asks for a request, and reads it where it has an idempotency key: a tick has none, and answers nobody. */
function callOf(ports: Ports, environment: Environment): Stepping {
  return {
    ports,
    environment,
    now: ports.clock.now(),
    graceDays: Number(ports.secrets.GRACE_DAYS),
    requestId: ports.random.uuid(),
    principal: { kind: 'provider', id: STRIPE, scopes: [], role: null, expiresAt: null },
    idempotencyKey: null,
    request: new Request('https://sluice.invalid/tick'),
    body: undefined,
    timing: startTiming(ports.clock.now),
    // A tick lasts until everything that it began is done.
    waitUntil: () => undefined,
  }
}

function report(
  kept: readonly PromiseSettledResult<Awaited<ReturnType<typeof keepInStep>>>[],
): void {
  const failed = kept.filter((each) => each.status === 'rejected' || !each.value.ok)
  if (failed.length > 0) console.error({ tick: 'stripe', failed: failed.length })
}

const DUE = `SELECT id FROM subscriptions
  WHERE provider_name = '${STRIPE}' AND provider_due_at IS NOT NULL AND provider_due_at <= ?1
  ORDER BY provider_due_at, id LIMIT ?2`
