/**
 * HTTP: from a request to the answer of its row.
 *
 * Hono finds the row; everything else is one function instead of a chain of middleware, so that a check pays
 * for nothing that it does not need.
 */
import { Hono } from 'hono'
import { err, ok, type Result } from '../entitlements/result.ts'
import { atLeastFrom } from './at-least.ts'
import { authenticate } from './authenticate.ts'
import { failureOf } from './defects.ts'
import type { Failure } from './failures.ts'
import { portsFrom } from './ports.ts'
import { isAcceptable, readBody, readIdempotencyKey, readParams, readQuery } from './request.ts'
import { preflightResponse, respond } from './respond.ts'
import type { Call, Inputs, Outcome, RawInputs, Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { startTiming } from './timing.ts'

interface Arrival {
  readonly request: Request
  readonly env: Env
  readonly ctx: Pick<ExecutionContext, 'waitUntil'>
  readonly path: string
}

/** Everything of a call that does not depend on its row. */
type Bare = Omit<Call, keyof Inputs | 'principal' | 'atLeast' | 'idempotencyKey'>

export const app = new Hono<{ Bindings: Env }>({ getPath: rawPath })

for (const row of ROUTES) {
  const hasParams = row.path.includes(':')
  app.on(row.method, row.path, (c) => {
    const arrival = { request: c.req.raw, env: c.env, ctx: c.executionCtx, path: c.req.path }
    const work = (call: Bare) => serve(row, call, arrival.path, hasParams ? c.req.param() : {})
    return answer(arrival, work, row.publicSeconds)
  })
  if (row.publicSeconds === undefined) continue
  app.on('OPTIONS', row.path, (c) => {
    const arrival = { request: c.req.raw, env: c.env, ctx: c.executionCtx, path: c.req.path }
    return answer(arrival, async () => ok(preflightResponse(row.method)), row.publicSeconds)
  })
}

app.notFound((c) => {
  const arrival = { request: c.req.raw, env: c.env, ctx: c.executionCtx, path: c.req.path }
  return answer(arrival, async () => err(noRoute(arrival)))
})

/** Runs `work` and turns whatever comes of it, thrown or not, into a response. */
async function answer(
  { request, env, ctx }: Arrival,
  work: (call: Bare) => Promise<Outcome>,
  publicSeconds?: number,
): Promise<Response> {
  const ports = portsFrom(env)
  const now = ports.clock.now()
  const call: Bare = {
    ports,
    environment: env.ENVIRONMENT,
    graceDays: Number(env.GRACE_DAYS),
    now,
    requestId: ports.random.uuid(),
    request,
    ifMatch: request.method === 'GET' ? null : request.headers.get('If-Match'),
    timing: startTiming(ports.clock.now),
    waitUntil: (promise) => ctx.waitUntil(promise),
  }
  const outcome = await work(call).catch((thrown: unknown) => err(failureOf(thrown, call)))
  return respond(call, outcome, publicSeconds)
}

/** Credential, inputs, handler; the first failure answers. */
async function serve(
  row: Route,
  bare: Bare,
  path: string,
  encodedParams: Readonly<Record<string, string>>,
): Promise<Outcome> {
  if (row.path.startsWith('/v1/') && !isAcceptable(bare.request)) {
    return err({ code: 'not_acceptable' })
  }
  const principal = await authenticate(bare, row.scope)
  if (!principal.ok) return principal
  const inputs = await readInputs(row, bare, path, encodedParams)
  if (!inputs.ok) return inputs
  const { raw, consistencyToken } = inputs.value
  const idempotencyKey = readIdempotencyKey(bare.request)
  if (!idempotencyKey.ok) return idempotencyKey
  const atLeast = atLeastFrom(consistencyToken)
  if (atLeast === null) return err({ code: 'invalid_consistency_token' })
  return row.serve(
    { ...bare, principal: principal.value, idempotencyKey: idempotencyKey.value, atLeast },
    raw,
  )
}

interface ReadInputs {
  readonly raw: RawInputs
  readonly consistencyToken: string | null
}

async function readInputs(
  row: Route,
  { request }: Bare,
  path: string,
  encodedParams: Readonly<Record<string, string>>,
): Promise<Result<ReadInputs, Failure>> {
  const params = readParams(path, encodedParams)
  if (!params.ok) return params
  const parsed = readQuery(request.url)
  if (!parsed.ok) return parsed
  const body = row.method === 'GET' ? NOTHING : await readBody(request, row.bodyBytesMax)
  if (!body.ok) return body
  const { query, token } = withoutToken(parsed.value)
  return ok({
    raw: { params: params.value, query, body: body.value },
    consistencyToken: request.headers.get('Consistency-Token') ?? token,
  })
}

/** Browsers that cannot set a header send the token as a parameter, which is then none of the route's. */
function withoutToken(all: Readonly<Record<string, string>>) {
  if (!Object.hasOwn(all, 'consistencyToken')) return { query: all, token: null }
  const { consistencyToken = null, ...query } = all
  return { query, token: consistencyToken }
}

const NOTHING = ok(undefined)

function noRoute({ request, path }: Arrival): Failure {
  const allow = ROUTES.filter((row) => matches(row.path, path)).map((row) => row.method)
  if (allow.length === 0) return { code: 'route_not_found', method: request.method, path }
  return { code: 'method_not_allowed', allow: [...new Set(allow)] }
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const steps = path.split('/')
  return (
    wanted.length === steps.length &&
    wanted.every((step, at) => (step.startsWith(':') ? steps[at] !== '' : step === steps[at]))
  )
}

/** The path as sent: ids are decoded once, by whoever reads them. */
function rawPath(request: Request): string {
  const { url } = request
  const from = url.indexOf('/', url.indexOf('//') + 2)
  if (from === -1) return '/'
  const to = url.slice(from).search(/[?#]/)
  return to === -1 ? url.slice(from) : url.slice(from, from + to)
}
