/**
 * HTTP: from a request to the answer of its row.
 *
 * Hono finds the row; everything else is one function instead of a chain of middleware, so that a check pays
 * for nothing that it does not need.
 */
import type { Context } from 'hono'
import { HonoBase as Hono } from 'hono/hono-base'
import { err, ok, type Result } from '../entitlements/result.ts'
import { atLeastFrom } from './at-least.ts'
import { authenticate, refusalOf } from './authenticate.ts'
import { corsOf, isPreflight, NO_ORIGIN, preflightAnswer } from './cors.ts'
import { failureOf } from './defects.ts'
import type { Failure } from './failures.ts'
import { portsFrom } from './ports.ts'
import { type Bare, methodsOfPages, speak } from './protocols.ts'
import {
  isAcceptable,
  readBody,
  readFormBody,
  readIdempotencyKey,
  readParams,
  readQuery,
  readTextBody,
} from './request.ts'
import { preflightResponse, respond } from './respond.ts'
import {
  type Arrival,
  type Environment,
  isIn,
  type Outcome,
  type RawInputs,
  type Route,
} from './route.ts'
import { LookUpFirst } from './router.ts'
import { ROUTES } from './routes.ts'
import { conditionOf } from './tag.ts'
import { startTiming } from './timing.ts'

/** A request on its way, with what the platform gave along. */
interface Passage extends Arrival {
  readonly env: Env
  readonly ctx: Pick<ExecutionContext, 'waitUntil'>
}

type Work = (call: Bare) => Promise<Outcome>

export const app = new Hono<{ Bindings: Env }>({
  router: new LookUpFirst(),
  getPath: ({ url }) => pathOf(withoutFragment(url)),
})

for (const row of ROUTES) {
  app.on(row.method, row.path, (c) => {
    const passage = passageOf(c)
    if (!isIn(passage.env.ENVIRONMENT, row)) return unknown(passage)
    return atOnce(row, passage) ?? answerFrom(row, passage, c.req.param())
  })
  if (row.publicSeconds === undefined) continue
  app.on('OPTIONS', row.path, (c) =>
    answer(passageOf(c), async () => ok(preflightResponse(row.method)), row),
  )
}

app.notFound((c) => unknown(passageOf(c)))

/** No row of ours: another protocol's, a browser that asks what it may send, or nobody's. */
function unknown(passage: Passage): Promise<Response> {
  const { request, url, path } = passage
  const spoken = methodsOfPages(path)
  const methods = isPreflight(request) ? [...spoken, ...methodsOfTokens(passage)] : []
  if (methods.length > 0) {
    return answer(passage, async ({ cors }) => preflightAnswer(cors, methods), { token: true })
  }
  return answer(
    passage,
    async (call) => (await speak({ ...call, url, path })) ?? err(noRoute(passage)),
    { token: spoken.length > 0 },
  )
}

/** By which methods a customer's token may call a path. */
function methodsOfTokens({ path, env }: Passage): readonly string[] {
  return rowsOf(path, env.ENVIRONMENT).flatMap(({ token, method }) => (token ? method : []))
}

function passageOf({ req, env, executionCtx: ctx }: Context<{ Bindings: Env }>): Passage {
  const url = withoutFragment(req.raw.url)
  const ports = portsFrom(env)
  return { request: req.raw, url, path: req.path, ports, now: ports.clock.now(), env, ctx }
}

/** What throws here throws on the long way too, which tells of it. */
function atOnce(row: Route, passage: Passage): Response | null {
  try {
    return row.atOnce?.(passage) ?? null
  } catch {
    return null
  }
}

function answerFrom(row: Route, passage: Passage, params: Params): Promise<Response> {
  return answer(passage, (call) => serve(row, call, passage, params), row)
}

/** Runs `work` and turns whatever comes of it, thrown or not, into a response. */
async function answer(
  { request, ports, now, env, ctx }: Passage,
  work: Work,
  { token, publicSeconds }: Pick<Route, 'token' | 'publicSeconds'>,
): Promise<Response> {
  const bare = {
    ports,
    environment: env.ENVIRONMENT,
    graceDays: Number(env.GRACE_DAYS),
    now,
    requestId: ports.random.uuid(),
    request,
    ifMatch: conditionOf(request),
    timing: startTiming(ports.clock.now),
    waitUntil: (promise: Promise<unknown>) => ctx.waitUntil(promise),
  }
  // Pages call where tokens do. Nobody else's origin is looked at.
  const isPages = token && request.headers.get('Origin') !== null
  const call: Bare = { ...bare, cors: isPages ? await corsOf(bare) : NO_ORIGIN }
  const outcome = await work(call).catch((thrown: unknown) => err(failureOf(thrown, call)))
  return respond(call, outcome, publicSeconds)
}

type Params = Readonly<Record<string, string>>

/** Credential, inputs, handler; the first failure answers. */
async function serve(
  row: Route,
  bare: Bare,
  passage: Passage,
  encodedParams: Params,
): Promise<Outcome> {
  if (row.path.startsWith('/v1/') && !isAcceptable(bare.request.headers)) {
    return err({ code: 'not_acceptable' })
  }
  const principal = await authenticate(bare, row.scope)
  if (!principal.ok) return principal
  const refusal = refusalOf(principal.value, row)
  if (refusal !== null) return err(refusal)
  const inputs = await readInputs(row, passage, encodedParams)
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
  { request, url, path }: Passage,
  encodedParams: Params,
): Promise<Result<ReadInputs, Failure>> {
  const params = readParams(path, encodedParams)
  if (!params.ok) return params
  const parsed = readQuery(url)
  if (!parsed.ok) return parsed
  const body = row.method === 'GET' ? NOTHING : await bodyOf(row, request)
  if (!body.ok) return body
  const { query, token } = withoutToken(parsed.value)
  return ok({
    raw: { params: params.value, query, body: body.value },
    consistencyToken: request.headers.get('Consistency-Token') ?? token,
  })
}

const READ_AS = { json: readBody, text: readTextBody, form: readFormBody } as const

function bodyOf(
  { bodyAs, bodyBytesMax }: Route,
  request: Request,
): Promise<Result<unknown, Failure>> {
  return READ_AS[bodyAs ?? 'json'](request, bodyBytesMax)
}

/** Browsers that cannot set a header send the token as a parameter, which is then none of the route's. */
function withoutToken(all: Readonly<Record<string, string>>) {
  if (!Object.hasOwn(all, 'consistencyToken')) return { query: all, token: null }
  const { consistencyToken = null, ...query } = all
  return { query, token: consistencyToken }
}

const NOTHING = ok(undefined)

function noRoute({ request, path, env }: Passage): Failure {
  const allow = rowsOf(path, env.ENVIRONMENT).map((row) => row.method)
  if (allow.length === 0) return { code: 'route_not_found', method: request.method, path }
  return { code: 'method_not_allowed', allow: [...new Set(allow)] }
}

function rowsOf(path: string, environment: Environment): readonly Route[] {
  return ROUTES.filter((row) => matches(row.path, path) && isIn(environment, row))
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
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2)
  if (from === -1) return '/'
  const to = url.indexOf('?', from)
  return to === -1 ? url.slice(from) : url.slice(from, to)
}

/** No browser sends one; another Worker may. */
function withoutFragment(url: string): string {
  const at = url.indexOf('#')
  return at === -1 ? url : url.slice(0, at)
}
