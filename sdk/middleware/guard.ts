/** Who is let through to a handler. The same for every kind of middleware; `From` is what that kind hands over. */
import type { Entitlement } from '../../schema/calls.ts'
import type { Client } from '../contract.ts'
import {
  outageRefusal,
  passedOn,
  refusalOf,
  type SluiceProblem,
  withoutCustomer,
} from './refusal.ts'

/** A client, or where one is found: on Workers, what a request may reach is known with the request. */
export type ClientFrom<From, F extends string> = Client<F> | ((from: From) => Client<F>)

/** What may be waited for. */
type Awaitable<T> = T | Promise<T>

/** Whom a guard asks about, and what it does when nobody answers. */
export interface FeatureOptions<From> {
  /** Whose request it is: never what the request merely claims. Null is answered with 401. */
  readonly customer: (from: From) => Awaitable<string | null | undefined>
  /** Units that have to be left; 1 where absent. */
  readonly quantity?: Quantity<From>
  /**
   * What happens while Sluice cannot be asked: `allow` lets through, `deny` answers 503. Where absent, what the client's own
   * fallback says. Either way the answer says so in `Sluice-Outage`.
   */
  readonly onOutage?: 'allow' | 'deny'
}

/** What a meter counts beside. */
export interface MeterOptions<From> extends FeatureOptions<From> {
  /** Units that a request uses, known before it is handled; 1 where absent, nothing is counted for 0. */
  readonly quantity?: Quantity<From>
  /** `deny` where absent. What is let through in an outage is not counted. */
  readonly onOutage?: 'allow' | 'deny'
  /**
   * One effect for each key: what the same key brings again is let through and not counted again. So it must be made by
   * the application, or be bound to what the request asks for: whoever can choose it freely need not pay. Without one each
   * request counts.
   */
  readonly idempotencyKey?: (from: From) => Awaitable<string | null | undefined>
  /** Whether units are given back where the handler throws or answers with 500 or more. */
  readonly giveBackOnError?: boolean
  /** Hears why units could not be given back. */
  readonly onProblem?: (problem: unknown) => void
}

type Quantity<From> = number | ((from: From) => Awaitable<number>)

/** What a guard has decided. */
export type Passage = Refused | Passed

interface Refused {
  readonly refusal: Response
}

export interface Passed {
  readonly refusal?: undefined
  /** What the customer has; null where nobody could say. */
  readonly entitlement: Entitlement | null
  readonly isOutage: boolean
  /** To be called where the handler has failed. */
  readonly giveBack: () => Promise<void>
}

/** Decides on one request. */
export type Guard<From> = (from: From) => Promise<Passage>

/** Lets through who may use the feature (so much). */
export function featureGuard<From, F extends string>(
  client: ClientFrom<From, F>,
  featureId: F,
  { customer, quantity = 1, onOutage }: FeatureOptions<From>,
): Guard<From> {
  return async (from) => {
    const customerId = await customer(from)
    if (isNobody(customerId)) return { refusal: withoutCustomer() }
    const asked = await quantityOf(quantity, from)
    const verdict = await clientOf(client, from).check({ customerId, featureId, quantity: asked })
    if (verdict.reason === 'unavailable') {
      const isAllowed = onOutage === undefined ? verdict.hasAccess : onOutage === 'allow'
      return isAllowed ? passedIn(OUTAGE) : { refusal: outageRefusal(featureId, undefined) }
    }
    if (!verdict.hasAccess) return { refusal: refusalOf(verdict, asked) }
    return passedIn({ entitlement: verdict })
  }
}

/** Lets through whoever has so many units left, and counts them in the same step. */
export function meterGuard<From, F extends string>(
  client: ClientFrom<From, F>,
  featureId: F,
  options: MeterOptions<From>,
): Guard<From> {
  const { customer, quantity = 1, onOutage = 'deny', idempotencyKey, giveBackOnError } = options
  if (giveBackOnError === true && idempotencyKey !== undefined) {
    throw new TypeError(
      'giveBackOnError and idempotencyKey exclude each other: what was given back would be free under its key.',
    )
  }
  return async (from) => {
    const customerId = await customer(from)
    if (isNobody(customerId)) return { refusal: withoutCustomer() }
    const units = await quantityOf(quantity, from)
    if (units === 0) return passedIn({})
    const key = await idempotencyKey?.(from)
    const use = {
      customerId,
      featureId,
      quantity: units,
      ...(key && { idempotencyKey: key }),
    }
    const asked = clientOf(client, from)
    try {
      const { consumed, entitlement } = await asked.consume(use)
      if (!consumed) return { refusal: refusalOf(entitlement, units) }
      const giveBack = () =>
        givenBack(asked, { customerId, featureId, value: -units }, options.onProblem)
      return passedIn({ entitlement, ...(giveBackOnError === true && { giveBack }) })
    } catch (problem) {
      return afterProblem(problem, { customerId, featureId, units, onOutage })
    }
  }
}

const OUTAGE = { isOutage: true }

function passedIn(known: Partial<Passed>): Passed {
  return { entitlement: null, isOutage: false, giveBack: () => Promise.resolve(), ...known }
}

/**
 * What cannot be asked is an outage; what the service refuses to understand is the application's defect, and thrown. A
 * customer who asks for too much at once is neither: nobody gets through for free by that, whatever is said of outages.
 */
function afterProblem(
  thrown: unknown,
  asked: {
    readonly customerId: string
    readonly featureId: string
    readonly units: number
    readonly onOutage: 'allow' | 'deny'
  },
): Passage {
  const problem = thrown as SluiceProblem
  const { code, status, retryable, retryAfterMs } = problem
  if (code === 'customer_not_found') return { refusal: refusalOf(strangerTo(asked), asked.units) }
  if (status === 429 || KEYS.has(code)) return { refusal: passedOn(problem) }
  if (retryable !== true) throw thrown
  if (asked.onOutage === 'allow') return passedIn(OUTAGE)
  return { refusal: outageRefusal(asked.featureId, retryAfterMs) }
}

/** What may be wrong with a key that was made of what the request says. */
const KEYS: ReadonlySet<string> = new Set([
  'idempotency_key_reused',
  'invalid_idempotency_key',
  'key_expired',
])

/** What somebody has whom Sluice does not know. */
function strangerTo({
  customerId,
  featureId,
}: Pick<Entitlement, 'customerId' | 'featureId'>): Entitlement {
  return {
    customerId,
    featureId,
    type: 'meter',
    hasAccess: false,
    reason: 'unknown_customer',
    sources: [],
    inherited: false,
    overridden: false,
    grace: null,
    warnings: [],
  }
}

async function givenBack<F extends string>(
  client: Client<F>,
  report: { readonly customerId: string; readonly featureId: F; readonly value: number },
  onProblem: ((problem: unknown) => void) | undefined,
): Promise<void> {
  try {
    await client.reportUsage(report)
  } catch (problem) {
    onProblem?.(problem)
  }
}

function isNobody(customerId: string | null | undefined): customerId is null | undefined | '' {
  return customerId === null || customerId === undefined || customerId === ''
}

function clientOf<From, F extends string>(client: ClientFrom<From, F>, from: From): Client<F> {
  return typeof client === 'function' ? client(from) : client
}

async function quantityOf<From>(quantity: Quantity<From>, from: From): Promise<number> {
  return typeof quantity === 'function' ? quantity(from) : quantity
}
