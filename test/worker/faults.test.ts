import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FailureCode } from '../../worker/failures.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { PROBLEMS } from '../../worker/problems.ts'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import type { Reply } from '../support/edge.ts'
import { type Fault, FAULTS, strike, type Struck } from '../support/faults.ts'
import { fresh } from '../support/fresh.ts'
import { type Manager, manager } from '../support/manager.ts'
import { openWorld, prepare, type Prepared } from '../support/requests.ts'

/** What a request that would succeed may hear of stores that fail. Everything else would be a lie. */
const DECLARED: readonly FailureCode[] = [
  'unavailable',
  'consistency_unavailable',
  'customer_overloaded',
]

/** What must not get out. */
const INSIDES =
  /insides|secret|SELECT|INSERT|D1_ERROR|SQLITE|\bat .+:\d+:\d+|node_modules|TypeError/

/** Requests that are sent side by side; those of the catalogue, which is one, come one after the other. */
const LANES = 6

const CASES = Object.entries(FAULTS).flatMap(([struck, faults]) =>
  // `Object.entries` forgets the names of the keys.
  faults.map((fault: Fault) => [struck as Struck, fault] as const),
)

let api: Manager
/** How each changing request ends when nothing fails. */
let undisturbed: ReadonlyMap<string, End>
/** Reading leaves things as they are: these are prepared once. */
let readings: ReadonlyMap<string, Prepared>

/** What a request has come to: entries in the log of changes, and units used. */
interface End {
  readonly changes: number
  readonly used: unknown
}

beforeAll(async () => {
  await fresh()
  api = await manager()
  await openWorld(api)
  const ends = await eachRoute(async (row) => {
    const request = await prepare(api, row)
    const replies = [await sent(api, request), await sent(api, request)]
    const failed = replies.find((reply) => !isRepeated(request, reply))
    if (failed !== undefined) throw new Error(`${row.operationId}: ${JSON.stringify(failed.body)}`)
    return { request, end: await endOf(request) }
  })
  undisturbed = new Map(ends.map(({ request, end }) => [request.row.operationId, end]))
  const reading = ends.filter(({ request }) => !isChanging(request.row))
  readings = new Map(reading.map(({ request }) => [request.row.operationId, request]))
}, 60_000)

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(() => {
  vi.restoreAllMocks()
})

test('what use and change come to is seen', () => {
  expect(undisturbed.get('consume')).toEqual({ changes: 2, used: 3 })
  expect(undisturbed.get('resetUsage')).toEqual({ changes: 2, used: 0 })
  expect(undisturbed.get('putOverride')).toEqual({ changes: 2, used: null })
})

describe.each(CASES)('when %s %s', (struck, fault) => {
  test('every route answers what it declares, and nothing is lost, counted twice or made up', async () => {
    const { bindings, start, stop } = strike(struck, fault)
    const over = api.over(bindings)
    const prepared = new Map(
      await eachRoute(async (row) => {
        const { operationId } = row
        return [operationId, readings.get(operationId) ?? (await prepare(over, row))] as const
      }),
    )
    clearIsolate()
    start()
    const told = await eachRoute(async (row) => {
      const request = prepared.get(row.operationId)
      if (request === undefined) throw new Error('prepared above')
      return { request, reply: await sent(over, request) }
    })
    const { customerId = '' } = readings.get('getAccess') ?? {}
    const ungranted = await over.get(`/v1/access?customerId=${customerId}&featureId=sso`)
    stop()
    clearIsolate()
    expect(ungranted.body['hasAccess']).not.toBe(true)
    const wrong: string[] = []
    for (const { request, reply } of told) {
      const complaint = (what: string) =>
        wrong.push(
          `${request.row.operationId} ${what}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 300)}`,
        )
      if (!isDeclared(request, reply)) complaint('answered')
      if (reply.status >= 500 && INSIDES.test(JSON.stringify(reply.body))) complaint('told')
      if (!isChanging(request.row)) continue
      const wanted = undisturbed.get(request.row.operationId)
      const before = isDone(reply) ? await endOf(request) : wanted
      if (!same(before, wanted)) complaint(`pretended ${JSON.stringify(before)}`)
      const again = await sent(over, request)
      if (!isRepeated(request, again))
        complaint(`again ${again.status} ${JSON.stringify(again.body)}`)
      const after = await endOf(request)
      if (!same(after, wanted))
        complaint(`came to ${JSON.stringify(after)} instead of ${JSON.stringify(wanted)}`)
    }
    expect(wrong).toEqual([])
  }, 60_000)
})

const isChanging = ({ scope }: Route) => scope === 'manage' || scope === 'usage'
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

function isDeclared({ row }: Prepared, { status, body, headers }: Reply): boolean {
  if (row.operationId === 'getReady' && status === 503) return body['ready'] === false
  if (status < 300)
    return resultsOf(body).every(
      (each) => (each.status ?? 200) < 300 || isProblem(each.status, each.problem?.code),
    )
  return isProblem(status, body['code']) && headers.get('Retry-After') !== null
}

function isProblem(status: number | undefined, code: unknown): boolean {
  const declared = DECLARED.find((each) => each === code)
  return declared !== undefined && PROBLEMS[declared].status === status
}

interface ItemResult {
  readonly status?: number
  readonly problem?: { readonly code: string }
}

/** Of a batch, what became of its items. */
function resultsOf(body: Reply['body']): readonly ItemResult[] {
  return (body['results'] as readonly ItemResult[] | undefined) ?? []
}

function isDone({ status, body }: Reply): boolean {
  return status < 300 && resultsOf(body).every((each) => (each.status ?? 200) < 300)
}

/** Whether a request that may have been done before is done now. What has been deleted is not there any more. */
function isRepeated({ method }: Prepared, reply: Reply): boolean {
  return isDone(reply) || (method === 'DELETE' && reply.status === 404)
}

function sent(by: Manager, { row, own, method, path, body }: Prepared): Promise<Reply> {
  const keyed = isChanging(row) && !path.endsWith('/batch')
  const headers: Record<string, string> = keyed
    ? { 'Idempotency-Key': `${row.operationId}-${own}` }
    : {}
  return by.send(method, path, body === undefined ? { headers } : { headers, body })
}

/** Looks where the facts are, and not through what has failed. */
async function endOf({ row, own, customerId }: Prepared): Promise<End> {
  const changes = await env.DB.prepare(
    `SELECT count(*) AS n FROM changes WHERE subject NOT LIKE 'reset:%'
     AND (resource LIKE ?1 OR customer_id LIKE ?1 OR "after" LIKE ?1)`,
  )
    .bind(`%${own}%`)
    .first<number>('n')
  if (row.scope !== 'usage' && row.operationId !== 'resetUsage')
    return { changes: changes ?? 0, used: null }
  const { body } = await api.get(
    `/v1/access?customerId=${customerId}&featureId=api-calls&fresh=true`,
  )
  return { changes: changes ?? 0, used: body['usage'] ?? body['used'] ?? null }
}

/** Does it for every row of the route table, some side by side; in the order of the table. */
async function eachRoute<T>(work: (row: Route) => Promise<T>): Promise<readonly T[]> {
  const lanes = Map.groupBy(ROUTES.keys(), (at) =>
    /^\/v1\/(features|plans|catalogue)/.test(ROUTES[at]?.path ?? '') ? LANES : at % LANES,
  )
  const results: T[] = []
  const run = async (lane: readonly number[]) => {
    for (const at of lane) {
      const row = ROUTES[at]
      if (row !== undefined) results[at] = await work(row)
    }
  }
  await Promise.all([...lanes.values()].map(run))
  return results
}
