/**
 * What a row of the route table is, and what its handler is given.
 *
 * A row names everything that validation, documentation and authorisation need to know. Its schemas and its
 * handler are loaded when first needed, so that a check never pays for the control plane's code.
 */
import type { Actor, Floor } from '../durable-objects/calls.ts'
import type { Instant } from '../entitlements/instant.ts'
import { err, type Result } from '../entitlements/result.ts'
import type { Role, Scope } from '../schema/keys.ts'
import type { Cors } from './cors.ts'
import type { Failure, FieldError } from './failures.ts'
import type { Ports } from './ports.ts'
import { inNameOf, type Reach } from './reach.ts'
import { timedDb } from './timed-db.ts'
import type { Timing } from './timing.ts'
import { deliverSoon } from './webhooks/soon.ts'

export type Environment = 'local' | 'sandbox' | 'production'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who is calling. An `Actor`, so it can be written to the ledger and the audit log as it is; with its reach, which only a
 * customer's token has bounded.
 */
export interface Principal extends Actor, Reach {
  readonly scopes: readonly Scope[]
  readonly role: Role | null
  readonly expiresAt: Instant | null
  /** What people call it, where the way to it led past that. */
  readonly name?: string
}

/** A request of which nothing is known yet. */
export interface Arrival {
  readonly request: Request
  /** Taken out of the request once: every reading of it makes a new string. */
  readonly url: string
  readonly path: string
  readonly ports: Ports
  /** Real time at which the request arrived. */
  readonly now: Instant
}

/** A request as its handler sees it; `P`, `Q` and `B` are what the row's schemas made of it. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly ports: Ports
  readonly environment: Environment
  /** The deployment's grace after a failed payment, where neither customer nor plan says otherwise. */
  readonly graceDays: number
  /** Real time at which the request arrived. */
  readonly now: Instant
  readonly requestId: string
  readonly principal: Principal
  readonly params: P
  readonly query: Q
  readonly body: B
  readonly request: Request
  /** From `Idempotency-Key`, already checked for form. */
  readonly idempotencyKey: string | null
  /** From `If-Match`, as sent. */
  readonly ifMatch: string | null
  /** The oldest state of a customer that the caller's consistency token allows; zeros without one. */
  readonly atLeast: (customerId: string) => Floor
  /** What the origin of the page that sent the request means for its answer. */
  readonly cors: Cors
  readonly timing: Timing
  readonly waitUntil: (promise: Promise<unknown>) => void
}

/** A successful answer. `body` is sent as JSON. */
export interface Answer<B extends object = object> {
  /** 200 where absent. */
  readonly status?: number
  readonly body: B
  /** Sent as `Consistency-Token` and, as `consistencyToken`, in the body. */
  readonly consistencyToken?: string
  /** The bare tag; a GET whose `If-None-Match` names it is answered 304. */
  readonly etag?: string
  /** Sent as `Set-Cookie`. */
  readonly cookie?: string
  /** Whether an idempotency key brought back a stored answer. */
  readonly replayed?: boolean
}

/** JSON that was written out already, in pieces. */
export interface WrittenAnswer {
  readonly pieces: readonly Uint8Array[]
}

/** `Response` is for what is not JSON. */
export type Outcome = Result<Answer | WrittenAnswer | Response, Failure>

export type Handler<P = unknown, Q = unknown, B = unknown> = (
  call: Call<P, Q, B>,
) => Promise<Outcome>

/** The part of a zod schema that validation uses. Structural, because the check path does without zod. */
export interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

export interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  /** Ends the sentence "expected …". */
  readonly message: string
  /** The fields that the schema does not know, where that is the issue. */
  readonly keys?: readonly string[]
}

/** A part that is absent admits nothing: no query parameters, no body. */
export interface Schemas<P = unknown, Q = unknown, B = unknown> {
  readonly params?: Schema<P>
  readonly query?: Schema<Q>
  readonly body?: Schema<B>
  readonly answer?: Schema<unknown>
}

/** The inputs as they came in: decoded and bounded, but not yet validated. */
export interface Inputs<P = unknown, Q = unknown, B = unknown> {
  readonly params: P
  readonly query: Q
  readonly body: B
}

export type RawInputs = Inputs<
  Readonly<Record<string, string>>,
  Readonly<Record<string, string>>,
  unknown
>

interface RowHead {
  readonly method: Method
  /** In Hono's form: `/v1/plans/:planId`. */
  readonly path: string
  readonly operationId: string
  /** `none` needs no credential, `any` a valid one of whatever scope. */
  readonly scope: Scope | 'none' | 'any'
  /** Whether a customer's token may call it too. */
  readonly token: boolean
  /** Where the customer is named, if not in the path: the holder of a token may leave it out there. */
  readonly customerIn?: 'query' | 'body'
  /** The largest body; 64 KiB where absent. */
  readonly bodyBytesMax?: number
  /**
   * `text`: as it was sent, for whoever verifies a signature of it. `form`: the fields of a page's form. JSON where
   * absent.
   */
  readonly bodyAs?: 'text' | 'form'
  /** The environments that have the route; all of them where absent. */
  readonly onlyIn?: readonly Environment[]
  /** Answers where nothing has to be waited for; null goes the long way, which would say the same. */
  readonly atOnce?: (arrival: Arrival) => Response | null
  /** Set where pages of any origin may read the answer, and any cache may keep it for so long. */
  readonly publicSeconds?: number
}

/** A row as the table states it: validated by its schemas, or by a parser of its own. */
export type Row<P, Q, B> = RowHead &
  (Validated<P, Q, B> | Parsed<P, Q, B>) & {
    readonly load: () => Promise<Handler<P, Q, B>>
  }

interface Validated<P, Q, B> {
  readonly schemas?: () => Promise<Schemas<P, Q, B>>
  readonly parse?: undefined
}

/** The check path's form: its schemas document it, and a test holds that the parser does what they say. */
interface Parsed<P, Q, B> {
  readonly schemas: () => Promise<Schemas>
  readonly parse: Parse<P, Q, B>
}

export type Parse<P, Q, B> = (raw: RawInputs) => Result<Inputs<P, Q, B>, readonly FieldError[]>

/** A row whose types are its own business. */
export interface Route extends RowHead {
  readonly schemas: () => Promise<Schemas>
  readonly serve: (call: Omit<Call, keyof Inputs>, raw: RawInputs) => Promise<Outcome>
}

/** Whether an environment has a route; where it has not, it is as if there were none. */
export function isIn(environment: Environment, { onlyIn }: Pick<Route, 'onlyIn'>): boolean {
  return onlyIn === undefined || onlyIn.includes(environment)
}

/** Ties a row's inputs to its handler and hides the types of both behind `serve`. */
export function route<P, Q, B>(row: Row<P, Q, B>): Route {
  const { schemas } = row
  let handler: Handler<P, Q, B> | undefined
  let parse: Parse<P, Q, B> | undefined
  return {
    ...row,
    schemas: async () => (schemas === undefined ? {} : schemas()),
    serve: async (call, raw) => {
      parse ??= row.parse ?? (await parserFrom(row.schemas))
      const inputs = parse(inNameOf(call.principal, row, raw))
      if (!inputs.ok) return err({ code: 'invalid_request', errors: inputs.error })
      handler ??= await row.load()
      // Rows with a parser are the check path: there each store is bounded and timed where it is asked.
      if (row.parse !== undefined) return handler({ ...call, ...inputs.value })
      const ports = { ...call.ports, db: timedDb(call.ports.db, call.timing) }
      const outcome = await inTime(call, handler({ ...call, ports, ...inputs.value }))
      // Whatever was changed may be what somebody wants to hear of; use is told by the objects themselves.
      if (outcome.ok && row.method !== 'GET' && row.scope !== 'usage') deliverSoon(call)
      return outcome
    },
  }
}

/** The longest that a request of the control plane takes, whichever of its queries does not come back. */
const LIMIT_MS = 15_000

/** The outcome, or that there is none yet: it goes on, and the same request sent again finds what it has come to. */
async function inTime(
  { ports, waitUntil }: Pick<Call, 'ports' | 'waitUntil'>,
  outcome: Promise<Outcome>,
): Promise<Outcome> {
  const done = new AbortController()
  const late = ports.clock.wait(LIMIT_MS, done.signal).then(() => {
    waitUntil(outcome.catch(() => undefined))
    return err({ code: 'unavailable' } as const)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([outcome, late])
  } finally {
    done.abort()
  }
}

async function parserFrom<P, Q, B>(
  schemas: Validated<P, Q, B>['schemas'],
): Promise<Parse<P, Q, B>> {
  const { parserOf } = await import('./validation.ts')
  return parserOf(schemas === undefined ? {} : await schemas())
}
