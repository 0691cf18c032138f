/**
 * Turns: which features a customer gains or loses, or has on other terms, whatever was used of them.
 *
 * What was used turns nothing here: a meter that is spent is still the customer's, and its limit says so.
 */
import { enforcementOf } from './balance.ts'
import type { Catalogue } from './catalogue.ts'
import type { Customer } from './customer.ts'
import { accessTo, evaluate } from './evaluate.ts'
import { grantsAt, isMeterGrant, type MeterGrant } from './grant.ts'
import type { Instant } from './instant.ts'
import { sameJson } from './json.ts'
import { limitOf } from './reading.ts'

/** A customer under a catalogue at an instant. */
export interface Outlook {
  readonly customer: Customer
  readonly catalogue: Catalogue
  readonly at: Instant
}

/** Ids of features, in their order. */
export interface Turns {
  readonly granted: readonly string[]
  readonly revoked: readonly string[]
  readonly updated: readonly string[]
}

/** What lies between two outlooks; `before` is null where the customer has just come to be. */
export function turnsBetween(before: Outlook | null, after: Outlook): Turns {
  const turned = featuresOf(before, after).map((featureId) => {
    const was = before && termsOf(before, featureId)
    const is = termsOf(after, featureId)
    return { featureId, turn: turnOf(was, is) }
  })
  const having = (wanted: keyof Turns) =>
    turned.filter(({ turn }) => turn === wanted).map(({ featureId }) => featureId)
  return { granted: having('granted'), revoked: having('revoked'), updated: having('updated') }
}

function turnOf(was: object | null, is: object | null): keyof Turns | null {
  if (was === null) return is === null ? null : 'granted'
  if (is === null) return 'revoked'
  return sameJson(was, is) ? null : 'updated'
}

/**
 * What the customer has of a feature with nothing used; null where it has no access to it.
 *
 * A meter is read off its grants: thousands may turn at one instant, and opening lots to find them empty is dear.
 */
function termsOf({ customer, catalogue, at }: Outlook, featureId: string): object | null {
  const grants = grantsAt(customer, catalogue, featureId, at).filter(({ inForce }) => inForce)
  if (grants.length === 0) return null
  const meters = grants.filter(isMeterGrant)
  if (meters.length > 0) return meterTerms(meters)
  const unused = { customer, lots: new Map(), advancedTo: at }
  const { entitlement } = evaluate(unused, catalogue, featureId, at)
  return accessTo(entitlement, 1, at).hasAccess ? { value: entitlement.value } : null
}

function meterTerms(grants: readonly MeterGrant[]): object | null {
  const limit = limitOf(grants)
  const enforcement = enforcementOf(grants)
  if (limit === 0 && enforcement === 'hard') return null
  const resets = [...new Set(grants.map(({ allowance }) => allowance.reset))].toSorted()
  return { limit, enforcement, resets }
}

/** Every feature that a plan at hand or an override of the customer speaks of. */
function featuresOf(before: Outlook | null, after: Outlook): readonly string[] {
  const features = new Set<string>()
  for (const { customer, catalogue } of [before ?? after, after]) {
    for (const { featureId } of customer.overrides) features.add(featureId)
    for (const { allowances } of catalogue.plans.values()) {
      for (const featureId of allowances.keys()) features.add(featureId)
    }
  }
  return [...features].toSorted()
}
