import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FailureCode } from '../../worker/failures.ts'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { PROBLEMS } from '../../worker/problems.ts'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import { tick } from '../../worker/tick.ts'
import { makeKey, type Reply } from '../support/edge.ts'
import { type Fault, FAULTS, strike, type Struck } from '../support/faults.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'
import { isThere, openWorld, prepare, type Prepared } from '../support/requests.ts'

/** What a request that would succeed may hear of stores that fail. Everything else would be a lie. */
const DECLARED: readonly FailureCode[] = [
  'unavailable',
  'consistency_unavailable',
  'customer_overloaded',
]

/** What must not get out. */
const INSIDES =
  /insides|secret|SELECT|INSERT|D1_ERROR|SQLITE|\bat .+:\d+:\d+|node_modules|TypeError/

/** What goes on without the control plane, for customers who have been seen. */
const PRODUCT = [
  'getAccess',
  'listEntitlements',
  'getEntitlement',
  'getSnapshot',
  'checkAccessBatch',
  'consume',
  'reportUsage',
  'getHealth',
]

/** Their objects are born while something fails, whatever it is. */
const UNSEEN = ['consumeBatch', 'reportUsageBatch', 'reportEvent']

/** Requests that are sent side by side; those of the catalogue, which is one, come one after the other. */
const LANES = 16

const CASES = Object.entries(FAULTS).flatMap(([struck, faults]) =>
  // `Object.entries` forgets the names of the keys.
  faults.map((fault: Fault) => [struck as Struck, fault] as const),
)

let api: Manager
let revokedKey: string
/** How each changing request ends when nothing fails. */
let undisturbed: ReadonlyMap<string, Course>
/** Reading leaves things as they are: these are prepared once. */
let readings: ReadonlyMap<string, Prepared>
/** When they were. */
let preparedAt: number

/** What a request has come to: entries in the log of changes, and units used. */
interface End {
  readonly changes: number
  readonly used: unknown
}

/** What its customer may do, before and after a request, and what it comes to. */
interface Course {
  readonly before: string
  readonly after: string
  readonly end: End
}

/** What a customer may do, in an answer. */
interface Sight {
  readonly view: string
  readonly version: number
}

/** A request that was sent while a store failed, and what its sender saw next. */
interface Told {
  readonly request: Prepared
  readonly reply: Reply
  /** What customers see of their own change: with its token, and once more without. */
  readonly next: readonly Reply[]
}

beforeAll(async () => {
  await fresh()
  api = await manager()
  revokedKey = await makeKey(['manage'], { revokedAt: 1 })
  await openWorld(api)
  const courses = await eachRoute(async (row) => {
    const request = await prepare(api, row)
    if (!isChanging(row)) return { request, course: null }
    const before = sightOf(await look(api, request)).view
    const replies = [await sent(api, request), await sent(api, request)]
    const failed = replies.find((reply) => !isRepeated(request, reply))
    if (failed !== undefined) throw new Error(`${row.operationId}: ${JSON.stringify(failed.body)}`)
    const after = sightOf(await look(api, request)).view
    const [end = { changes: 0, used: null }] = await endsOf([request])
    return { request, course: { before, after, end } }
  })
  undisturbed = new Map(
    courses.flatMap(({ request, course }) =>
      course === null ? [] : [[request.row.operationId, course] as const],
    ),
  )
  const reading = courses.filter(({ course }) => course === null)
  readings = new Map(reading.map(({ request }) => [request.row.operationId, request]))
  preparedAt = Date.now()
}, 60_000)

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(async () => {
  vi.restoreAllMocks()
  // There may be only so many of them, and each route makes its own each time.
  await env.DB.prepare('DELETE FROM webhooks WHERE created_at > ?').bind(preparedAt).run()
})

test('what use, change and access come to is seen', () => {
  expect(undisturbed.get('consume')).toMatchObject({ end: { changes: 2, used: 3 } })
  expect(undisturbed.get('resetUsage')).toMatchObject({ end: { changes: 2, used: 0 } })
  expect(undisturbed.get('putOverride')).toMatchObject({ end: { changes: 2, used: null } })
  const refund = undisturbed.get('refundSubscription')
  expect(refund?.before).toContain('"within_limit"')
  expect(refund?.after).toContain('"subscription_ended"')
  const differing = [...undisturbed].filter(([, { before, after }]) => before !== after)
  expect(differing.length).toBeGreaterThan(10)
})

describe.each(CASES)('when %s %s', (struck, fault) => {
  test('every route answers what it declares, and nothing is lost, counted twice, undone or made up', async () => {
    const { bindings, remember, start, stop } = strike(struck, fault)
    const over = api.over(bindings)
    const prepared = await eachRoute(
      async (row) => readings.get(row.operationId) ?? (await prepare(over, row)),
    )
    await remember()
    const isBehind = fault === 'is stale'
    const renamings = await eachPrepared(prepared, async (request) => {
      if (!isOfCustomer(request.row)) return ''
      if (isSeen(struck, fault, request.row)) await look(over, request)
      return isBehind ? rename(over, request) : ''
    })
    clearIsolate()
    start()
    const tell = async (request: Prepared, at: number): Promise<Told> => {
      const reply = await sent(over, request)
      if (!isOfCustomer(request.row)) return { request, reply, next: [] }
      const tokens = [renamings[at] ?? '', tokenOf(reply)].filter((each) => each !== '').join(',')
      const next = [await look(over, request, tokens), await look(over, request)]
      return { request, reply, next }
    }
    const told = await eachPrepared(prepared, tell, fault === 'hangs' || fault === 'is slow')
    const intruders = await intrude(over)
    stop()
    clearIsolate()
    expect(told.flatMap((each) => wrongIn(struck, fault, each))).toEqual([])
    expect(intruders.filter(({ status }) => status !== 401 && status !== 503)).toEqual([])
    await tick(portsFrom({ ...env, ...bindings }), 'local')
    expect(await env.DB.prepare(UNSYNCED).first('n')).toBe(0)
    const changing = told.filter(({ request }) => isChanging(request.row))
    expect(await wrongAfter(over, changing, isBehind ? 1 : 0)).toEqual([])
  }, 60_000)
})

const UNSYNCED = 'SELECT count(*) AS n FROM customers WHERE revision > synced_revision'

/** Whom nothing may let in: nobody knows the one key, and the other is not valid any more. */
function intrude(by: Manager): Promise<readonly Reply[]> {
  const stranger = `${by.key.slice(0, -1)}${by.key.endsWith('A') ? 'B' : 'A'}`
  const { path = '' } = readings.get('getAccess') ?? {}
  return Promise.all([
    by.get(path, { Authorization: `Bearer ${stranger}` }),
    by.get('/v1/keys', { Authorization: `Bearer ${stranger}` }),
    by.get('/v1/keys', { Authorization: `Bearer ${revokedKey}` }),
  ])
}

/** What was not as it has to be while the store failed. */
function wrongIn(struck: Struck, fault: Fault, { request, reply, next }: Told): readonly string[] {
  const { row } = request
  const wrong: string[] = []
  const complain = (what: string, { status, body } = reply) =>
    wrong.push(`${row.operationId} ${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`)
  if (!isDeclared(row, reply)) complain('answered')
  if (mustGoOn(struck, fault, row) && !isDone(reply)) complain('did not go on')
  if (reply.status >= 500 && INSIDES.test(JSON.stringify(reply.body))) complain('told')
  for (const [at, each] of next.entries()) {
    if (each.status >= 300 ? !isDeclared(row, each) : !isPossible(row, isDone(reply), at, each))
      complain(`was followed by (${at})`, each)
  }
  const known = next.filter((each) => each.status < 300 && !isOfPolicy(each))
  const versions = known.map((each) => sightOf(each).version)
  if (versions.some((version, at) => version < (versions[at - 1] ?? 0)))
    complain(`went back through ${versions.join(', ')}`)
  return wrong
}

/** What is seen after a change that was done is what it comes to; with its token not even the policy may speak. */
function isPossible(row: Route, wasDone: boolean, at: number, reply: Reply): boolean {
  if (isOfPolicy(reply)) return !wasDone || at > 0
  const { before, after } = undisturbed.get(row.operationId) ?? {}
  const { view } = sightOf(reply)
  return view === after || (!wasDone && view === before)
}

/** The policy, which is never a yes here, and says that it is the policy. */
function isOfPolicy({ body }: Reply): boolean {
  return (
    body['reason'] === 'unavailable' && body['degraded'] === true && body['hasAccess'] === false
  )
}

/** Whether the customer's object lives before the store fails: where changes can reach it, and where it has to go on. */
function isSeen(struck: Struck, fault: Fault, { operationId }: Route): boolean {
  const isReached = struck === 'the object' || struck === 'what D1 writes' || fault === 'is stale'
  return (isReached && !UNSEEN.includes(operationId)) || PRODUCT.includes(operationId)
}

/** Whether the stores that are left are enough. A stale store is not gone, but has its own say. */
function mustGoOn(struck: Struck, fault: Fault, row: Route): boolean {
  if (fault === 'is slow') return true
  if (fault === 'hangs' && struck === 'KV') return false
  if (struck === 'KV') return row.operationId !== 'getReady'
  return struck !== 'the object' && fault !== 'is stale' && PRODUCT.includes(row.operationId)
}

/** Once the store is back: the same requests again are done, and all of them together have been done once. */
async function wrongAfter(
  over: Manager,
  told: readonly Told[],
  renamings: number,
): Promise<readonly string[]> {
  const requests = told.map(({ request }) => request)
  const befores = await endsOf(requests)
  const agains = await eachPrepared(requests, (request) => sent(over, request))
  const afters = await endsOf(requests)
  return told.flatMap(({ request, reply }, at) => {
    const { operationId } = request.row
    const { changes = 0, used = null } = undisturbed.get(operationId)?.end ?? {}
    const wanted = JSON.stringify({
      changes: changes + (isOfCustomer(request.row) ? renamings : 0),
      used,
    })
    const [before, after] = [JSON.stringify(befores[at]), JSON.stringify(afters[at])]
    const again = agains[at]
    const wrong: string[] = []
    if (isDone(reply) && before !== wanted) wrong.push(`${operationId} pretended ${before}`)
    if (again === undefined || !isRepeated(request, again))
      wrong.push(`${operationId} again: ${JSON.stringify(again?.body)}`)
    if (after !== wanted) wrong.push(`${operationId} came to ${after} instead of ${wanted}`)
    return wrong
  })
}

const isChanging = ({ method, scope, operationId }: Route) =>
  method !== 'GET' &&
  (scope === 'manage' || scope === 'usage' || operationId === 'postGenericWebhook')

/** Whether it changes what is a customer's own. */
function isOfCustomer(row: Route): boolean {
  return (
    isChanging(row) &&
    !/^\/v1\/(features|plans|catalogue|keys|webhooks|checkout|settings)|(portal-sessions|tokens)$/.test(
      row.path,
    )
  )
}

/** The request's customer: of two, the one whom it changes. */
function whom({ customerId, path }: Prepared): string {
  const [second = customerId] = path.match(/acme-[\w-]+-2\b/) ?? []
  return second
}

function look(by: Manager, request: Prepared, tokens = ''): Promise<Reply> {
  const headers: Record<string, string> = tokens === '' ? {} : { 'Consistency-Token': tokens }
  return by.get(`/v1/access?customerId=${whom(request)}&featureId=api-calls`, headers)
}

function sightOf({ body }: Reply): Sight {
  const { hasAccess, reason, used, balance } = body
  return {
    view: JSON.stringify({ hasAccess, reason, used, balance }),
    version: Number(body['version']),
  }
}

/** Someone else's change, which copies from before do not know; returns its token. */
async function rename(by: Manager, { customerId }: Prepared): Promise<string> {
  return tokenOf(await expectOk(by.patch(`/v1/customers/${customerId}`, { name: 'Renamed' })))
}

function tokenOf({ headers, body }: Reply): string {
  const [of] = resultsOf(body)
  return headers.get('Consistency-Token') ?? of?.consistencyToken ?? ''
}

function isDeclared(row: Route, { status, body, headers }: Reply): boolean {
  if (row.operationId === 'getReady' && body['ready'] === false) return status === 503
  if (status < 300 || status === 303)
    return resultsOf(body).every(
      (each) => (each.status ?? 200) < 300 || isProblem(each.status, each.problem?.code),
    )
  const isPage = headers.get('Content-Type')?.startsWith('text/html') === true
  const isTold = isPage ? status === 503 : isProblem(status, body['code'])
  return isTold && headers.get('Retry-After') !== null
}

function isProblem(status: number | undefined, code: unknown): boolean {
  const declared = DECLARED.find((each) => each === code)
  return declared !== undefined && PROBLEMS[declared].status === status
}

interface ItemResult {
  readonly status?: number
  readonly problem?: { readonly code: string }
  readonly consistencyToken?: string
}

/** Of a batch, what became of its items. */
function resultsOf(body: Reply['body']): readonly ItemResult[] {
  return (body['results'] as readonly ItemResult[] | undefined) ?? []
}

/** A page's form is done when it leads on. */
function isDone({ status, body }: Reply): boolean {
  return (
    (status < 300 || status === 303) && resultsOf(body).every((each) => (each.status ?? 200) < 300)
  )
}

/** Whether a request that may have been done before is done now. What has been deleted is not there any more. */
function isRepeated({ method }: Prepared, reply: Reply): boolean {
  return isDone(reply) || (method === 'DELETE' && reply.status === 404)
}

function sent(
  by: Manager,
  { row, own, method, path, body, headers: needed }: Prepared,
): Promise<Reply> {
  const keyed = isChanging(row) && !path.endsWith('/batch')
  const headers: Record<string, string> = keyed
    ? { 'Idempotency-Key': `${row.operationId}-${own}`, ...needed }
    : needed
  return by.send(method, path, body === undefined ? { headers } : { headers, body })
}

/** Looks where the facts are, and not through what has failed. */
async function endsOf(requests: readonly Prepared[]): Promise<readonly End[]> {
  const log = (await env.DB.prepare(LOG).raw()).map((entry) => entry.join(' '))
  return eachPrepared(requests, async ({ row, own, customerId }) => {
    const changes = log.filter((entry) => entry.includes(own)).length
    if (row.scope !== 'usage' && row.operationId !== 'resetUsage') return { changes, used: null }
    const path = `/v1/access?customerId=${customerId}&featureId=api-calls&fresh=true`
    return { changes, used: (await api.get(path)).body['used'] ?? null }
  })
}

/** Of a change of the catalogue not what was before, which has everybody's. */
const LOG = `SELECT resource, customer_id, "after" FROM changes WHERE subject NOT LIKE 'reset:%'`

/** Does it for every row of the route table, some side by side, or all where each waits; in the order of the table. */
function eachRoute<T>(work: (row: Route) => Promise<T>): Promise<readonly T[]> {
  return sideBySide(ROUTES.filter(isThere), (row) => row, work)
}

function eachPrepared<T>(
  requests: readonly Prepared[],
  work: (request: Prepared, at: number) => Promise<T>,
  isWaiting = false,
): Promise<readonly T[]> {
  return sideBySide(requests, ({ row }) => row, work, isWaiting)
}

async function sideBySide<Item, T>(
  items: readonly Item[],
  rowOf: (item: Item) => Route,
  work: (item: Item, at: number) => Promise<T>,
  isWaiting = false,
): Promise<readonly T[]> {
  const laneOf = ([at, item]: readonly [number, Item]) => {
    if (isWaiting) return at
    return /^\/v1\/(features|plans|catalogue)/.test(rowOf(item).path) ? LANES : at % LANES
  }
  const lanes = Map.groupBy(items.entries(), laneOf)
  const results: T[] = []
  const run = async (lane: readonly (readonly [number, Item])[]) => {
    for (const [at, item] of lane) results[at] = await work(item, at)
  }
  await Promise.all([...lanes.values()].map(run))
  return results
}
