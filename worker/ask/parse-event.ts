import type { Json } from '../../entitlements/allowance.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { ok } from '../../entitlements/result.ts'
import type { RawInputs } from '../route.ts'
import { askedFeatureId, customerId, instant, metadata, optional, readFields } from './fields.ts'
import { all, type Parsed } from './parse.ts'

/** Something that happened at a customer's, which meters may count or add up. */
export interface EventBody {
  readonly customerId: string
  readonly event: string
  /** A JSON object; null where the event has none. */
  readonly properties: Json
  readonly occurredAt: Instant | null
}

const EVENT = {
  customerId,
  /** Written like the id of a feature that is asked about. */
  event: askedFeatureId,
  properties: optional(metadata, null),
  occurredAt: optional(instant, null),
}

export function parseEvent({ query, body }: RawInputs): Parsed<unknown, unknown, EventBody> {
  return all(ok({}), readFields(query, {}), readFields<EventBody>(body, EVENT))
}
