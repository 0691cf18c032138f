/** What is measured against what. */
import { CUSTOMER, customerName, type Template } from './job.ts'
import { FEATURES, METER } from './shop.ts'
import type { WorkerName } from './workers.ts'

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly worker: WorkerName
  readonly template: Template
  readonly connections: number
  /** Customers that are asked about, in turn. */
  readonly customers: number
  /** Questions that one request answers. */
  readonly answers: number
  /** Floors, and the part of their rate that is wanted of it. */
  readonly against: readonly Against[]
}

export interface Against {
  readonly id: string
  /** Null: told, not asked for. */
  readonly bar: number | null
}

/** Few enough that reading their copies again in the background is no part of the figure. */
const FEW = 10

/** Scenarios that are measured in turn: what is compared is in one of them, floors before what stands on them. */
export type Family = readonly Scenario[]

/**
 * Every scenario; there are `many` customers. Those that write come last: half a minute after a use its object tells KV
 * and D1, and a thousand objects that do so at once would be charged to whoever is being measured then.
 */
export function families(key: string, many: number): readonly Family[] {
  const asking = { Authorization: `Bearer ${key}` }
  const reading = [...checks(asking, many), ...coldChecks(asking, many), ...lists(asking)]
  return [reading, hotConsumes(asking), spread(asking, many)]
}

type Headers = Template['headers']

function checks(headers: Headers, many: number): readonly Scenario[] {
  const one = { connections: 16, customers: FEW, answers: 1 }
  return [
    {
      ...one,
      id: 'lines',
      title: 'three lines on the runtime',
      worker: 'lines',
      template: question(headers, '"hasAccess":true'),
      against: [{ id: 'constant', bar: null }],
    },
    {
      ...one,
      id: 'constant',
      title: 'a constant through Hono',
      worker: 'constant',
      template: question(headers, '"hasAccess":true'),
      against: [],
    },
    {
      ...one,
      id: 'constant-long',
      title: 'a constant through Hono, with length and headers of a check’s answer',
      worker: 'constant',
      template: question(headers, '"hasAccess":true', '/v1/access/long'),
      against: [{ id: 'constant', bar: null }],
    },
    {
      ...one,
      id: 'check',
      title: '**check**, memory',
      worker: 'sluice',
      template: question(headers, '"servedFrom":"memory"'),
      against: [
        { id: 'constant', bar: 0.85 },
        { id: 'constant-long', bar: null },
      ],
    },
    {
      ...one,
      id: 'check-many',
      title: `**check**, memory, ${many} customers in turn`,
      worker: 'sluice',
      customers: many,
      template: question(headers, '"servedFrom":"memory"'),
      against: [{ id: 'constant', bar: null }],
    },
  ]
}

function coldChecks(headers: Headers, many: number): readonly Scenario[] {
  const one = { connections: 16, customers: many, answers: 1 }
  return [
    {
      ...one,
      id: 'kv',
      title: 'one KV read through Hono',
      worker: 'stores',
      template: question(headers, '"hasAccess":true'),
      against: [{ id: 'constant', bar: null }],
    },
    {
      ...one,
      id: 'check-kv',
      title: '**check**, snapshot from KV',
      worker: 'forgetful',
      template: question(headers, '"servedFrom":"kv"'),
      against: [{ id: 'kv', bar: null }],
    },
  ]
}

function lists(headers: Headers): readonly Scenario[] {
  return [
    {
      id: 'list',
      title: '**list** of 40 entitlements',
      worker: 'sluice',
      template: {
        method: 'GET',
        path: `/v1/customers/${CUSTOMER}/entitlements`,
        headers,
        body: null,
        expected: '"servedFrom":"memory"',
      },
      connections: 16,
      customers: FEW,
      answers: FEATURES.length,
      against: [{ id: 'check', bar: null }],
    },
    {
      id: 'batch',
      title: `**batch** of ${BATCH.length} checks, ${BATCH_CUSTOMERS} customers`,
      worker: 'sluice',
      template: {
        method: 'POST',
        path: '/v1/access/batch',
        headers,
        body: JSON.stringify({ items: BATCH }),
        expected: '"servedFrom":"memory"',
      },
      connections: 16,
      customers: BATCH_CUSTOMERS,
      answers: BATCH.length,
      against: [{ id: 'check', bar: null }],
    },
  ]
}

/** As many as one request may ask. */
const BATCH_CUSTOMERS = 25
const BATCH = Array.from({ length: BATCH_CUSTOMERS }, (_, n) => customerName(n)).flatMap(
  (customerId) => FEATURES.map((featureId) => ({ customerId, featureId })),
)

function hotConsumes(headers: Headers): Family {
  return [16, 64, 256].flatMap((connections) => {
    const one = { connections, customers: 1, answers: 1 }
    const words = `one customer, ${connections} connections`
    const bar = connections === 16 ? 2.2 : 2.5
    return consuming(headers, one, words, { count: 0.9, commit: bar })
  })
}

function spread(headers: Headers, many: number): Family {
  const how = { connections: 64, customers: many, answers: 1 }
  return consuming(headers, how, `${many} customers, 64 connections`, { count: null, commit: 1 })
}

/** An object that writes nothing, one that commits for each call, one that does so for a group of them, and ours. */
function consuming(
  headers: Headers,
  how: Pick<Scenario, 'connections' | 'customers' | 'answers'>,
  words: string,
  bars: { readonly count: number | null; readonly commit: number },
): readonly Scenario[] {
  const suffix = `${how.customers}-${how.connections}`
  const count = `count-${suffix}`
  const commit = `commit-${suffix}`
  const gather = `gather-${suffix}`
  return [
    {
      ...how,
      id: count,
      title: `an object that writes nothing: ${words}`,
      worker: 'stores',
      template: use(headers, '/count'),
      against: [],
    },
    {
      ...how,
      id: commit,
      title: `one transaction a call: ${words}`,
      worker: 'stores',
      template: use(headers, '/commit'),
      against: [{ id: count, bar: null }],
    },
    {
      ...how,
      id: gather,
      title: `the same rows in groups: ${words}`,
      worker: 'stores',
      template: use(headers, '/gather'),
      against: [
        { id: commit, bar: null },
        { id: count, bar: null },
      ],
    },
    {
      ...how,
      id: `consume-${suffix}`,
      title: `**consume**: ${words}`,
      worker: 'sluice',
      template: use(headers, '/v1/consume'),
      against: [
        { id: commit, bar: bars.commit },
        { id: count, bar: bars.count },
        { id: gather, bar: null },
      ],
    },
  ]
}

function question(headers: Headers, expected: string, at = '/v1/access'): Template {
  const path = `${at}?customerId=${CUSTOMER}&featureId=${METER}`
  return { method: 'GET', path, headers, body: null, expected }
}

function use(headers: Headers, path: string): Template {
  return {
    method: 'POST',
    path,
    headers: { ...headers, 'Idempotency-Key': 'bench-{n}' },
    body: JSON.stringify({ customerId: CUSTOMER, featureId: METER, quantity: 1 }),
    expected: '"consumed":true',
  }
}
