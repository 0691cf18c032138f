/**
 * Loads the large data through the public API, in batches where it takes them.
 *
 * What is imported again changes nothing, and what else is done has a key of its own: a load that was broken off can
 * begin anew, from the same time on, and comes to the same.
 */
import { dated } from '../../schema/relative-dates.ts'
import { Refusal } from '../dev/refusal.ts'
import type { Client } from '../seed/client.ts'
import type { SeedCustomer } from '../seed/document.ts'
import { largeCatalogue } from './catalogue.ts'
import { largeCustomer } from './customers.ts'

/** As many as an import takes. */
const IMPORTED_AT_ONCE = 500
/** Customers whom one report may name. */
const REPORTED_AT_ONCE = 100
const REQUESTS_AT_ONCE = 6

export interface Loading {
  readonly service: Client
  readonly customers: number
  /** What relative dates count from. */
  readonly base: number
  /** Told how many customers are there, now and then. */
  readonly onProgress: (done: number) => void
}

/** Makes the service hold the catalogue and this many customers. */
export async function loadLarge(loading: Loading): Promise<void> {
  await loading.service.send('PUT', '/catalogue', largeCatalogue())
  const firsts = firstsOf(loading.customers, IMPORTED_AT_ONCE)
  let done = 0
  // Two at a time: the service thinks about one import while its database writes the other.
  await eachOf(firsts, 2, async (first) => {
    const all = customersFrom(first, Math.min(IMPORTED_AT_ONCE, loading.customers - first + 1))
    await load(loading, all)
    done += all.length
    loading.onProgress(done)
  })
}

async function load(loading: Loading, all: readonly SeedCustomer[]): Promise<void> {
  const subscriptions = await imported(loading, all)
  await eachOf(all, REQUESTS_AT_ONCE, (customer) =>
    happened(loading, customer, subscriptions.get(customer.id) ?? []),
  )
  const used = all.filter(({ usage }) => usage.length > 0)
  for (const first of firstsOf(used.length, REPORTED_AT_ONCE)) {
    const items = used
      .slice(first - 1, first - 1 + REPORTED_AT_ONCE)
      .flatMap(({ id, usage }) => usage.map((item) => ({ customerId: id, ...item })))
      .map((item) => ({ ...item, idempotencyKey: `large-${item.customerId}-usage` }))
    expectDone(await loading.service.send('POST', '/usage/batch', { items }))
  }
}

/** Imports these; returns the ids of their subscriptions, in the order in which they are stated. */
async function imported({ service, base }: Loading, all: readonly SeedCustomer[]) {
  const items = all.map(({ id, body, subscriptions }) => ({
    id,
    ...body,
    subscriptions: subscriptions.map((each) => dated(each.body, base)),
  }))
  const results = expectDone(await service.send('POST', '/customers/batch', { items }))
  return new Map(
    results.map(({ id, subscriptions }) => [
      String(id),
      (subscriptions as readonly { readonly id: string }[]).map((each) => each.id),
    ]),
  )
}

/** Does what happened to a customer since it came. */
async function happened(
  { service, base }: Loading,
  { id, subscriptions, overrides }: SeedCustomer,
  subscriptionIds: readonly string[],
): Promise<void> {
  for (const [at, { actions }] of subscriptions.entries())
    for (const { action, body } of actions) {
      const path = `/subscriptions/${subscriptionIds[at] ?? ''}/${action}`
      await service.send('POST', path, dated(body, base), `large-${id}-${action}`)
    }
  for (const { featureId, body } of overrides)
    await service.send('PUT', `/customers/${id}/overrides/${featureId}`, dated(body, base))
}

type Outcome = Readonly<Record<string, unknown>>

function expectDone({ body }: { readonly body: object }): readonly Outcome[] {
  const { results } = body as { readonly results: readonly Outcome[] }
  const refused = results.find(({ status }) => Number(status) >= 300)
  if (refused !== undefined) throw new Refusal(`Refused: ${JSON.stringify(refused)}`)
  return results
}

function customersFrom(first: number, count: number): readonly SeedCustomer[] {
  return Array.from({ length: count }, (_, at) => largeCustomer(first + at))
}

/** The first of each batch, from 1 on. */
function firstsOf(count: number, size: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, at) => 1 + at * size)
}

async function eachOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
