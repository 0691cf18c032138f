/**
 * What an answer says of an entitlement, written out once for as long as it holds: putting together and encoding the
 * same JSON for every check would cost several times as much as the check.
 */
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { rememberAnswer, type Written, writtenAnswer } from '../isolate.ts'
import { entitlementAnswer, type Told } from '../../schema/answer.ts'

/** The answer about an entitlement that is kept; `tell` completes it where it is not written out yet. */
export function writtenOnce(entitlement: Entitlement, quantity: number, tell: () => Told): Written {
  const known = writtenAnswer(entitlement, quantity)
  if (known !== null) return known
  const written = write(tell(), quantity)
  if (isLasting(entitlement)) rememberAnswer(entitlement, written)
  return written
}

/** An answer as far as it does not depend on the copy's age: a JSON object without its end. */
export function write(told: Told, quantity: number): Written {
  const text = JSON.stringify({ ...entitlementAnswer(told), quantity }).slice(0, -1)
  return { quantity, hasAccess: told.access.hasAccess, text, bytes: UTF_8.encode(text) }
}

/** Whether this very entitlement will be asked about again, and answered alike for as long as it holds. */
function isLasting({ missing, overrideExpiresAt }: Entitlement): boolean {
  // That an override ends soon is said from some instant on, at which nothing else changes.
  return missing !== 'unknown_feature' && overrideExpiresAt === null
}

const UTF_8 = new TextEncoder()
