/** Using a meter: always the customer object, and never a pretence that it answered. */
import type {
  CustomerCalls,
  Floor,
  ManyRequest,
  UseAnswer,
  UseFailure,
  UseRequest,
} from '../../durable-objects/calls.ts'
import { readDecided } from '../../durable-objects/decided.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { encodeToken } from '../../schema/token.ts'
import { type Asking, attempt, type StoreFailure } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import { floorFor, headCopy, highest, raiseFloor } from '../isolate.ts'
import { type Reach, reachesCustomer, reachesFeature } from '../reach.ts'
import type { Call } from '../route.ts'
import { suggestion } from '../../schema/suggest.ts'

export type Using = Asking & Pick<Call, 'principal' | 'requestId' | 'idempotencyKey' | 'atLeast'>

/** Everything that a request says: another one needs another idempotency key. */
export type Effect = readonly (string | number | boolean | null)[]

/** One use of a meter, for the object to decide. */
export interface Use<T> {
  readonly customerId: string
  readonly featureId: string
  readonly effect: Effect
  readonly ask: (object: CustomerCalls, request: UseRequest) => Promise<UseAnswer<T>>
}

export interface Used<T> {
  readonly result: T
  readonly replayed: boolean
  /** How far a refusal was checked: an object that cannot reach D1 speaks for itself alone. */
  readonly confirmed: 'object' | 'source'
  readonly consistencyToken: string
}

/** How long a use waits for the object; the caller's retry with the same key is safe. */
const LIMIT_MS = 10_000

/** Has the object decide. A call that failed is repeated once where the caller's key makes that safe. */
export async function use<T>(using: Using, wanted: Use<T>): Promise<Result<Used<T>, Failure>> {
  const { customerId, featureId, effect } = wanted
  const { idempotencyKey, principal } = using
  if (!reachesFeature(principal, featureId)) {
    return err({
      code: 'feature_not_found',
      id: featureId,
      suggestion: suggestedTo(principal)(featureId),
    })
  }
  const fingerprint = JSON.stringify(effect)
  const request = { ...contextOf(using, customerId), featureId, idempotencyKey, fingerprint }
  const answer = await asked(using, customerId, idempotencyKey !== null, (object) =>
    wanted.ask(object, request),
  )
  return answer.ok ? usedFrom(customerId, answer.value, suggestedTo(principal)) : answer
}

/** Several uses of one customer's meters, for the object to decide in their order. */
export interface ManyUses<I, T> {
  readonly customerId: string
  readonly items: readonly I[]
  readonly ask: (object: CustomerCalls, request: ManyRequest<I>) => Promise<readonly UseAnswer<T>[]>
}

/** The same for several uses in one call; one outcome an item. */
export async function useMany<I extends { readonly idempotencyKey: string | null }, T>(
  using: Omit<Using, 'idempotencyKey'>,
  { customerId, items, ask }: ManyUses<I, T>,
): Promise<readonly Result<Used<T>, Failure>[]> {
  const request = { ...contextOf(using, customerId), items }
  const isSafe = items.every(({ idempotencyKey }) => idempotencyKey !== null)
  const answers = await asked(using, customerId, isSafe, (object) => ask(object, request))
  if (!answers.ok) return items.map(() => answers)
  const suggest = suggestedOnce(using.principal)
  return answers.value.map((answer) => usedFrom(customerId, answer, suggest))
}

/** Has the object answer what changes nothing. */
export async function readMeter<A extends { readonly floor: Floor }>(
  using: Omit<Using, 'idempotencyKey'>,
  customerId: string,
  ask: (object: CustomerCalls, atLeast: Floor) => Promise<MeterRead<A>>,
): Promise<Result<A, Failure>> {
  const { atLeast } = contextOf(using, customerId)
  const answer = await asked(using, customerId, true, (object) => ask(object, atLeast))
  if (!answer.ok) return answer
  if (answer.value.status === 'failed')
    return err(failureFrom(answer.value.failure, customerId, suggestedTo(using.principal)))
  raiseFloor(customerId, answer.value.floor)
  return ok(answer.value)
}

type MeterRead<A> =
  | (A & { readonly status: 'found' })
  | { readonly status: 'failed'; readonly failure: UseFailure }

/** Calls the object; again where the call failed and repeating it is safe. */
async function asked<A>(
  using: Omit<Using, 'idempotencyKey'>,
  customerId: string,
  isSafe: boolean,
  ask: (object: CustomerCalls) => Promise<A>,
): Promise<Result<A, Failure>> {
  // Beyond a caller's reach there is no customer, and nobody is asked whether there is one.
  if (!reachesCustomer(using.principal, customerId)) {
    return err({ code: 'customer_not_found', customerId })
  }
  const once = () => attempt(using, 'do', LIMIT_MS, () => ask(using.ports.customers(customerId)))
  const first = await once()
  const answer = !first.ok && first.error === 'failed' && isSafe ? await once() : first
  return answer.ok ? answer : err(storeFailure(answer.error))
}

function usedFrom<T>(
  customerId: string,
  answer: UseAnswer<T>,
  suggest: Suggest,
): Result<Used<T>, Failure> {
  if (answer.status === 'failed') return err(failureFrom(answer.failure, customerId, suggest))
  const { decided, replayed, floor } = answer
  const { result, checked } = readDecided(decided)
  raiseFloor(customerId, floor)
  const consistencyToken = encodeToken({ customerId, ...floor })
  return ok({ result, replayed, confirmed: checked, consistencyToken })
}

/** What all uses of one call share. */
function contextOf(
  { principal, requestId, atLeast }: Omit<Using, 'idempotencyKey'>,
  customerId: string,
): Pick<UseRequest, 'actor' | 'requestId' | 'atLeast' | 'catalogueSeen'> {
  const seen = floorFor(customerId)
  const asked = atLeast(customerId)
  return {
    actor: { kind: principal.kind, id: principal.id },
    requestId,
    // What this isolate has shown of the customer binds it like a token. What it has seen of the catalogue does not:
    // after an edit, every customer's object would need D1 before it could count again.
    atLeast: { ...highest(seen, asked), catalogueRevision: asked.catalogueRevision },
    catalogueSeen: seen.catalogueRevision,
  }
}

/** A feature that was probably meant. */
type Suggest = (featureId: string) => string | null

/** Among those that a caller may know of. */
const suggestedTo =
  (reach: Reach): Suggest =>
  (featureId) =>
    suggestion(featureId, reach.featureIds ?? headCopy()?.head.features.keys() ?? [])

/** For the first feature alone that does not exist: looking through all ids for each of many would take seconds. */
function suggestedOnce(reach: Reach): Suggest {
  const suggested = suggestedTo(reach)
  let first: { readonly featureId: string; readonly meant: string | null } | null = null
  return (featureId) => {
    first ??= { featureId, meant: suggested(featureId) }
    return first.featureId === featureId ? first.meant : null
  }
}

function storeFailure(failure: StoreFailure): Failure {
  return { code: failure === 'overloaded' ? 'customer_overloaded' : 'unavailable' }
}

function failureFrom(failure: UseFailure, customerId: string, suggest: Suggest): Failure {
  switch (failure.code) {
    case 'customer_not_found':
      return { code: failure.code, customerId }
    case 'feature_not_found': {
      const { code, featureId } = failure
      return { code, id: featureId, suggestion: suggest(featureId) }
    }
    case 'feature_not_metered':
    case 'idempotency_key_reused':
    case 'key_expired':
    case 'quantity_overflow':
    case 'occurred_at_out_of_range':
    case 'customer_overloaded':
    case 'unavailable':
    case 'consistency_unavailable':
      return failure
  }
}
