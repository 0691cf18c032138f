import { decodeTokens, floorOf } from '../schema/token.ts'
import { NO_FLOOR } from './isolate.ts'
import type { Call } from './route.ts'

/** What the caller's token asks of a customer's state; null for a token that is none. */
export function atLeastFrom(token: string | null): Call['atLeast'] | null {
  if (token === null) return () => NO_FLOOR
  const floors = decodeTokens(token)
  return floors === null ? null : (customerId) => floorOf(floors, customerId)
}
