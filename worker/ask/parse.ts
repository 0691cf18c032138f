/** The requests of the check path, from what came in to what is meant. */
import type { Instant } from '../../entitlements/instant.ts'
import type { Json } from '../../entitlements/allowance.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { FieldError } from '../failures.ts'
import type { Inputs, RawInputs } from '../route.ts'
import {
  askedFeatureId,
  behaviour,
  customerId,
  featureId,
  type Fields,
  flag,
  flagParameter,
  instant,
  metadata,
  optional,
  prose512,
  quantity,
  quantityParameter,
  readFields,
  reading,
} from './fields.ts'

export interface AccessQuery {
  readonly customerId: string
  readonly featureId: string
  readonly quantity: number
  readonly fresh: boolean
}

export interface CustomerParams {
  readonly customerId: string
}

export interface EntitlementsQuery {
  /** Null: all of them. */
  readonly featureId: string | null
  readonly fresh: boolean
}

export interface SnapshotQuery {
  readonly fresh: boolean
}

export interface ConsumeBody {
  readonly customerId: string
  readonly featureId: string
  readonly quantity: number
  readonly metadata: Json
}

export interface UsageBody {
  readonly customerId: string
  readonly featureId: string
  readonly behaviour: 'delta' | 'set'
  readonly value: number
  readonly occurredAt: Instant | null
  readonly enforce: boolean
  readonly metadata: Json
}

export interface MeterParams {
  readonly customerId: string
  readonly featureId: string
}

export interface ResetBody {
  readonly reason: string | null
}

export type Parsed<P, Q, B> = Result<Inputs<P, Q, B>, readonly FieldError[]>

const NONE = {}
const CUSTOMER = { customerId }
const METER = { customerId, featureId }

const ACCESS = {
  customerId,
  featureId: askedFeatureId,
  quantity: optional(quantityParameter, 1),
  fresh: optional(flagParameter, false),
}

const ENTITLEMENTS = {
  featureId: optional(askedFeatureId, null),
  fresh: optional(flagParameter, false),
}

const SNAPSHOT = { fresh: optional(flagParameter, false) }

export const CONSUME = {
  ...METER,
  quantity: optional(quantity, 1),
  metadata: optional(metadata, null),
}

export const USAGE = {
  ...METER,
  behaviour,
  value: reading,
  occurredAt: optional(instant, null),
  enforce: optional(flag, false),
  metadata: optional(metadata, null),
}

const RESET = { reason: optional(prose512, null) }

export function parseAccess({ query }: RawInputs): Parsed<unknown, AccessQuery, unknown> {
  return all(ok(NONE), readFields<AccessQuery>(query, ACCESS), ok(NONE))
}

export function parseEntitlements({
  params,
  query,
}: RawInputs): Parsed<CustomerParams, EntitlementsQuery, unknown> {
  return all(
    readFields<CustomerParams>(params, CUSTOMER),
    readFields<EntitlementsQuery>(query, ENTITLEMENTS),
    ok(NONE),
  )
}

export function parseSnapshot({
  params,
  query,
}: RawInputs): Parsed<CustomerParams, SnapshotQuery, unknown> {
  return all(
    readFields<CustomerParams>(params, CUSTOMER),
    readFields<SnapshotQuery>(query, SNAPSHOT),
    ok(NONE),
  )
}

export function parseConsume({ query, body }: RawInputs): Parsed<unknown, unknown, ConsumeBody> {
  return all(ok(NONE), readFields(query, NONE), readFields<ConsumeBody>(body, CONSUME))
}

export function parseUsage({ query, body }: RawInputs): Parsed<unknown, unknown, UsageBody> {
  return all(ok(NONE), readFields(query, NONE), readUsage<UsageBody>(body, USAGE))
}

export function parseReset({
  params,
  query,
  body,
}: RawInputs): Parsed<MeterParams, unknown, ResetBody> {
  return all(
    readFields<MeterParams>(params, METER),
    readFields(query, NONE),
    readFields<ResetBody>(body === undefined ? {} : body, RESET),
  )
}

/** Reads a report: what `set` says is a reading, and so never negative. */
export function readUsage<T extends UsageBody>(
  body: unknown,
  fields: Fields<T>,
): Result<T, readonly FieldError[]> {
  const usage = readFields<T>(body, fields)
  if (!usage.ok || usage.value.behaviour === 'delta' || usage.value.value >= 0) return usage
  const expected = 'a whole number from 0 to 9007199254740991, since it is a reading'
  return err([{ pointer: '/value', code: 'out_of_range', expected, received: 'number' }])
}

/** Params, query and body together, or everything that is wrong with any of them. */
export function all<P, Q, B>(
  params: Result<P, readonly FieldError[]>,
  query: Result<Q, readonly FieldError[]>,
  body: Result<B, readonly FieldError[]>,
): Parsed<P, Q, B> {
  if (params.ok && query.ok && body.ok) {
    return ok({ params: params.value, query: query.value, body: body.value })
  }
  return err([params, query, body].flatMap((part) => (part.ok ? [] : part.error)))
}
