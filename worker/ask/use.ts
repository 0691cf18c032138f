/** Using a meter: always the customer object, and never a pretence that it answered. */
import type {
  CustomerCalls,
  UseAnswer,
  UseFailure,
  UseRequest,
} from '../../durable-objects/calls.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { encodeToken } from '../../schema/token.ts'
import { type Asking, attempt, type StoreFailure } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import { floorFor, headCopy, highest, raiseFloor } from '../isolate.ts'
import type { Call } from '../route.ts'
import { suggestion } from '../suggest.ts'

export type Using = Asking & Pick<Call, 'principal' | 'requestId' | 'idempotencyKey' | 'atLeast'>

/** One use of a meter, for the object to decide. */
export interface Use<T> {
  readonly customerId: string
  readonly featureId: string
  /** Everything that the request says: another body needs another idempotency key. */
  readonly effect: readonly (string | number | boolean | null)[]
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
  const { customerId } = wanted
  const request = requestFrom(using, wanted)
  const once = () =>
    attempt(using, 'do', LIMIT_MS, () => wanted.ask(using.ports.customers(customerId), request))
  const first = await once()
  const isSafe = request.idempotencyKey !== null
  const answer = !first.ok && first.error === 'failed' && isSafe ? await once() : first
  if (!answer.ok) return err(storeFailure(answer.error))
  if (answer.value.status === 'failed') return err(failureFrom(answer.value.failure, customerId))
  const { result, replayed, checked, floor } = answer.value
  raiseFloor(customerId, floor)
  const consistencyToken = encodeToken({ customerId, ...floor })
  return ok({ result, replayed, confirmed: checked, consistencyToken })
}

function requestFrom<T>(using: Using, { customerId, featureId, effect }: Use<T>): UseRequest {
  const { principal, requestId, idempotencyKey } = using
  const seen = floorFor(customerId)
  const asked = using.atLeast(customerId)
  return {
    featureId,
    actor: { kind: principal.kind, id: principal.id },
    requestId,
    idempotencyKey,
    fingerprint: JSON.stringify(effect),
    // What this isolate has shown of the customer binds it like a token. What it has seen of the catalogue does not:
    // after an edit, every customer's object would need D1 before it could count again.
    atLeast: { ...highest(seen, asked), catalogueRevision: asked.catalogueRevision },
    catalogueSeen: seen.catalogueRevision,
  }
}

function storeFailure(failure: StoreFailure): Failure {
  return { code: failure === 'overloaded' ? 'customer_overloaded' : 'unavailable' }
}

function failureFrom(failure: UseFailure, customerId: string): Failure {
  switch (failure.code) {
    case 'customer_not_found':
      return { code: failure.code, customerId }
    case 'feature_not_found': {
      const known = headCopy()?.head.features.keys() ?? []
      return {
        code: failure.code,
        id: failure.featureId,
        suggestion: suggestion(failure.featureId, known),
      }
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
