/**
 * Sluice for other Workers of the same account: a service binding to this entrypoint calls without HTTP and without a
 * key. The same use cases as the routes, with the caller named by the binding.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { err, type Result } from '../entitlements/result.ts'
import { atLeastFrom } from './at-least.ts'
import {
  askedFeatureId,
  consistencyToken,
  customerId,
  type Fields,
  flag,
  idempotencyKey,
  optional,
  quantity,
  readFields,
} from './ask/fields.ts'
import {
  CONSUME,
  type AccessQuery,
  type ConsumeBody,
  type CustomerParams,
  type EntitlementsQuery,
  readUsage,
  USAGE,
  type UsageBody,
} from './ask/parse.ts'
import type { Using } from './ask/use.ts'
import { failureOf } from './defects.ts'
import type { Failure, FieldError } from './failures.ts'
import { type ItemOutcome, outcomeFrom } from './outcome.ts'
import { portsFrom } from './ports.ts'
import type { Answer, Principal } from './route.ts'
import { getAccess, listEntitlements } from './routes/access.ts'
import { consume, reportUsage } from './routes/usage.ts'
import type * as calls from '../schema/calls.ts'
import { startTiming } from './timing.ts'

/** The part of a call that is there without a request. */
type Called = Omit<Using, 'idempotencyKey'>

interface Token {
  readonly consistencyToken: string | null
}

interface Key {
  readonly idempotencyKey: string | null
}

type Listing = EntitlementsQuery & CustomerParams

const TOKEN = { consistencyToken: optional(consistencyToken, null) }
const KEY = { idempotencyKey: optional(idempotencyKey, null) }
const FRESH = { fresh: optional(flag, false) }

const ACCESS: Fields<AccessQuery & Token> = {
  customerId,
  featureId: askedFeatureId,
  quantity: optional(quantity, 1),
  ...FRESH,
  ...TOKEN,
}

const ENTITLEMENTS: Fields<Listing & Token> = {
  customerId,
  featureId: optional(askedFeatureId, null),
  ...FRESH,
  ...TOKEN,
}

const CONSUMPTION: Fields<ConsumeBody & Key & Token> = { ...CONSUME, ...KEY, ...TOKEN }
const REPORT: Fields<UsageBody & Key & Token> = { ...USAGE, ...KEY, ...TOKEN }

export class Sluice
  extends WorkerEntrypoint<Env, calls.SluiceProps | undefined>
  implements calls.SluiceCalls
{
  hasAccess(question: calls.AccessQuestion): Promise<calls.Outcome<calls.AccessAnswer>> {
    return this.#serve('read', readFields<AccessQuery & Token>(question, ACCESS), (call, query) =>
      getAccess({ ...call, query }),
    )
  }

  entitlements(
    question: calls.EntitlementsQuestion,
  ): Promise<calls.Outcome<calls.EntitlementsAnswer>> {
    const asked = readFields<Listing & Token>(question, ENTITLEMENTS)
    return this.#serve('read', asked, (call, query) =>
      listEntitlements({ ...call, params: { customerId: query.customerId }, query }),
    )
  }

  consume(use: calls.Consumption): Promise<calls.Outcome<calls.ConsumptionAnswer>> {
    const asked = readFields<ConsumeBody & Key & Token>(use, CONSUMPTION)
    return this.#serve('usage', asked, (call, body) =>
      consume({ ...call, body, idempotencyKey: body.idempotencyKey }),
    )
  }

  reportUsage(report: calls.UsageReport): Promise<calls.Outcome<calls.UsageAnswer>> {
    const asked = readUsage<UsageBody & Key & Token>(report, REPORT)
    return this.#serve('usage', asked, (call, body) =>
      reportUsage({ ...call, body, idempotencyKey: body.idempotencyKey }),
    )
  }

  /** Scope, inputs, use case; the first failure answers. */
  async #serve<I extends Token, B extends object>(
    scope: 'read' | 'usage',
    input: Result<I, readonly FieldError[]>,
    work: (call: Called, input: I) => Promise<Result<Answer<B>, Failure>>,
  ): Promise<ItemOutcome<B>> {
    const ports = portsFrom(this.env)
    const requestId = ports.random.uuid()
    const about = { requestId, origin: '' }
    const principal = principalFrom(this.ctx.props)
    if (!principal.scopes.includes(scope)) {
      const held = principal.scopes
      return outcomeFrom(err({ code: 'scope_missing', needed: scope, held }), about)
    }
    if (!input.ok) {
      return outcomeFrom(err({ code: 'invalid_request', errors: input.error }), about)
    }
    const atLeast = atLeastFrom(input.value.consistencyToken)
    if (atLeast === null) return outcomeFrom(err({ code: 'invalid_consistency_token' }), about)
    const now = ports.clock.now()
    const timing = startTiming(ports.clock.now)
    const waitUntil = (promise: Promise<unknown>) => this.ctx.waitUntil(promise)
    const call = { ports, principal, requestId, now, timing, waitUntil, atLeast }
    const outcome = await work(call, input.value).catch((thrown: unknown) =>
      err(failureOf(thrown, { requestId, request: { method: 'RPC' } })),
    )
    return outcomeFrom(outcome, about)
  }
}

/** Whom the caller's configuration names. What it says of scopes and cannot be read narrows to nothing. */
function principalFrom(props: calls.SluiceProps | undefined): Principal {
  const { caller = 'unnamed', scopes = SCOPES } = props ?? {}
  const held = Array.isArray(scopes) ? SCOPES.filter((each) => scopes.includes(each)) : []
  return { kind: 'binding', id: String(caller), scopes: held, role: null, expiresAt: null }
}

const SCOPES = ['read', 'usage'] as const
