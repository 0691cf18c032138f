/** Routes that bring many items in one request: checks, consumptions, reports. */
import type {
  ConsumeRequest,
  ConsumeResult,
  ItemOf,
  ReportRequest,
  ReportResult,
} from '../../durable-objects/calls.ts'
import { err, ok } from '../../entitlements/result.ts'
import { checkMany } from '../ask/batch.ts'
import { eachBounded } from '../ask/bounded.ts'
import type {
  AccessBatchQuery,
  AccessItem,
  ConsumeItem,
  Items,
  Keyed,
  UsageItem,
} from '../ask/parse-batch.ts'
import { writeBehind } from '../ask/tally.ts'
import { type ManyUses, type Used, useMany } from '../ask/use.ts'
import type { Failure } from '../failures.ts'
import { outcomeFrom } from '../outcome.ts'
import { originOf } from '../respond.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import {
  consumeAnswer,
  consumeEffect,
  countConsumption,
  countReport,
  usageAnswer,
  usageEffect,
} from './usage.ts'

const CUSTOMERS_MAX = 100
/** Of which each may cost a call of its object. */
const SOURCED_CUSTOMERS_MAX = 50

/** How many objects one request calls at the same time. */
const OBJECTS_AT_ONCE = 16

/** May these customers use these features now? Answered from the copies at hand, unless `fresh` or `confirm`. */
export async function checkAccessBatch(
  call: Call<unknown, AccessBatchQuery, Items<AccessItem>>,
): Promise<Outcome> {
  const { fresh, confirm } = call.query
  const { items } = call.body
  const customerIds = customersOf(items)
  const customersMax = fresh || confirm ? SOURCED_CUSTOMERS_MAX : CUSTOMERS_MAX
  if (customerIds.length > customersMax) return err(crowded(customersMax))
  return checkMany(call, { items, customerIds, fresh, confirm, atLeast: call.atLeast })
}

/** Whom the items name, each once. Most items name the customer of the one before, which need not be looked up. */
function customersOf(items: readonly AccessItem[]): readonly string[] {
  const ids = new Set<string>()
  let last: string | null = null
  for (const { customerId } of items) {
    if (customerId !== last) ids.add(customerId)
    last = customerId
  }
  return [...ids]
}

/** Checks and counts, each item for itself. */
export function consumeBatch(call: Call<unknown, unknown, Items<ConsumeItem>>): Promise<Outcome> {
  return useEach<ConsumeItem, ItemOf<ConsumeRequest>, ConsumeResult>(call, {
    asked: (item) => {
      const { featureId, quantity, idempotencyKey } = item
      const fingerprint = JSON.stringify(consumeEffect(item))
      return { featureId, quantity, idempotencyKey, fingerprint }
    },
    ask: (object, request) => object.consumeMany(request),
    answer: consumeAnswer,
    count: (_, used) => countConsumption(call, used),
  })
}

/** Records usage that has happened, each item for itself. */
export function reportUsageBatch(call: Call<unknown, unknown, Items<UsageItem>>): Promise<Outcome> {
  return useEach<UsageItem, ItemOf<ReportRequest>, ReportResult>(call, {
    asked: (item) => {
      const { featureId, behaviour, value, occurredAt, enforce, idempotencyKey } = item
      const fingerprint = JSON.stringify(usageEffect(item))
      return { featureId, behaviour, value, occurredAt, enforce, idempotencyKey, fingerprint }
    },
    ask: (object, request) => object.reportMany(request),
    answer: ({ customerId }, used) => usageAnswer(customerId, used),
    count: (item, used) => countReport(call, item, used),
  })
}

interface Verb<I, A, T> {
  /** An item as its object is asked. */
  readonly asked: (item: I) => A
  readonly ask: ManyUses<A, T>['ask']
  readonly answer: (item: I, used: Used<T>) => Answer
  /** Counts what was answered, as far as it was a question. */
  readonly count: (item: I, used: Used<T>) => void
}

/** One call of each customer's object, whose items keep their order; one outcome an item. */
async function useEach<I extends { readonly customerId: string }, A extends Keyed, T>(
  call: Call<unknown, unknown, Items<I>>,
  { asked, ask, answer, count }: Verb<I, A, T>,
): Promise<Outcome> {
  const { items } = call.body
  const misplaced = misplacedKey(call)
  if (misplaced !== null) return err(misplaced)
  const groups = [...groupsOf(items)]
  if (groups.length > CUSTOMERS_MAX) return err(crowded(CUSTOMERS_MAX))
  const results: object[] = []
  const about = { requestId: call.requestId, origin: originOf(call.request) }
  await eachBounded(groups, OBJECTS_AT_ONCE, async ([customerId, places]) => {
    const each = places.map(({ item }) => asked(item))
    const outcomes = await useMany(call, { customerId, items: each, ask })
    for (const [n, { item, at }] of places.entries()) {
      const outcome = outcomes[n] ?? UNANSWERED
      if (outcome.ok) count(item, outcome.value)
      results[at] = outcomeFrom(outcome.ok ? ok(answer(item, outcome.value)) : outcome, about)
    }
  })
  writeBehind(call)
  return ok({ body: { results } })
}

const UNANSWERED = err({ code: 'unavailable' } as const)

interface Place<I> {
  readonly at: number
  readonly item: I
}

function groupsOf<I extends { readonly customerId: string }>(
  items: readonly I[],
): ReadonlyMap<string, readonly Place<I>[]> {
  const groups = new Map<string, Place<I>[]>()
  for (const [at, item] of items.entries()) {
    const group = groups.get(item.customerId)
    if (group === undefined) groups.set(item.customerId, [{ at, item }])
    else group.push({ at, item })
  }
  return groups
}

/** Each item has a key of its own: one for all of them would stand for another request as soon as one is left out. */
function misplacedKey({ idempotencyKey }: Pick<Call, 'idempotencyKey'>): Failure | null {
  if (idempotencyKey === null) return null
  const expected = 'no Idempotency-Key header, but an idempotencyKey in each item'
  return { code: 'invalid_request', errors: [{ pointer: '', code: 'invalid_value', expected }] }
}

function crowded(customersMax: number): Failure {
  const expected = `items of at most ${customersMax} customers`
  const error = { pointer: '/items', code: 'out_of_range', expected }
  return { code: 'invalid_request', errors: [error] }
}
