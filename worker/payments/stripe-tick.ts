/**
 * The tick's part in keeping in step with Stripe: whoever is due is told what was decided, and asked how things are; pages
 * of which nothing was told are looked at. A net under webhooks and under what a request tells on its way out; it judges
 * nothing.
 */
import type { Ports } from '../ports.ts'
import { queryBudget } from '../query-budget.ts'
import type { Environment } from '../route.ts'
import { startTiming } from '../timing.ts'
import { STRIPE, stripeOf } from './stripe-client.ts'
import { keepInStep, type Stepping } from './stripe-keep.ts'
import { DUE_PAGES, type DuePage, lookAtDuePage } from './stripe-pages.ts'

/** Nothing is begun after so long. */
const SPENDING_MS = 15_000

/** How many subscriptions, and how many pages; at most five requests of Stripe each. */
const DUE_MAX = 20

/** How many are asked about at the same time, and what they may take together: what is begun is done to the end. */
const AT_ONCE = 4
const QUERIES_AT_ONCE = 100

/** One round of those who are due, the longest due first; who fails is due again later. */
export async function tendStripe(
  ports: Ports,
  environment: Environment,
  queriesMax: number,
): Promise<void> {
  const { db, left } = queryBudget(ports.db, queriesMax)
  const call = callOf({ ...ports, db }, environment)
  const until = call.now + SPENDING_MS
  const mayBegin = () => left() >= QUERIES_AT_ONCE && ports.clock.now() < until
  const due = await dueBy<{ readonly id: string }>(call, DUE)
  const pages = await dueBy<DuePage>(call, DUE_PAGES)
  if (due.length + pages.length === 0) return
  const stripe = await stripeOf(call)
  const works = alternating(
    due.map(
      ({ id }) =>
        async () =>
          (await keepInStep(call, stripe, id, null)).ok,
    ),
    pages.map((page) => () => lookAtDuePage(call, stripe, page)),
  )
  await doSome(works, mayBegin)
}

type Work = () => Promise<boolean>

/** Some at a time, for as long as more may be begun; what is left is due at the next tick. */
async function doSome(works: readonly Work[], mayBegin: () => boolean): Promise<void> {
  let failed = 0
  for (let from = 0; from < works.length && mayBegin(); from += AT_ONCE) {
    const some = works.slice(from, from + AT_ONCE)
    const done = await Promise.allSettled(some.map((work) => work()))
    failed += done.filter((each) => each.status === 'rejected' || !each.value).length
  }
  if (failed > 0) console.error({ tick: 'stripe', failed })
}

/** One of each in turn, so that neither keeps the other waiting. */
function alternating(some: readonly Work[], others: readonly Work[]): readonly Work[] {
  const longer = some.length > others.length ? some : others
  return longer.flatMap((_, at) => [...some.slice(at, at + 1), ...others.slice(at, at + 1)])
}

async function dueBy<T>({ ports, now }: Stepping, sql: string): Promise<readonly T[]> {
  const { results } = await ports.db.prepare(sql).bind(now, DUE_MAX).all<T>()
  return results
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

const DUE = `SELECT id FROM subscriptions
  WHERE provider_name = '${STRIPE}' AND provider_due_at IS NOT NULL AND provider_due_at <= ?1
  ORDER BY provider_due_at, id LIMIT ?2`
