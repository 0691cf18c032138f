/**
 * Whom and what a caller may know of. A key reaches everybody; a customer's token that customer alone, and perhaps
 * some features alone. What lies beyond is answered like what does not exist.
 */
import type { RawInputs, Route } from './route.ts'
import type { Head } from '../schema/head.ts'

/** Absent members bound nothing. */
export interface Reach {
  readonly customerId?: string
  readonly featureIds?: readonly string[]
}

/** Of whoever may know of everything. */
export const EVERYTHING: Reach = {}

/** Whether a caller may know of a customer. */
export function reachesCustomer({ customerId }: Reach, id: string): boolean {
  return customerId === undefined || customerId === id
}

/** Whether a caller may know of a feature. */
export function reachesFeature({ featureIds }: Reach, id: string): boolean {
  return featureIds === undefined || featureIds.includes(id)
}

/** The catalogue's head as a caller may know it. */
export function headWithin({ featureIds }: Reach, head: Head): Head {
  if (featureIds === undefined) return head
  const known = featureIds.flatMap((id) => {
    const feature = head.features.get(id)
    return feature === undefined ? [] : [[id, feature] as const]
  })
  return { ...head, features: new Map(known) }
}

/** What a caller asks, with its own customer where it names none. */
export function inNameOf(
  { customerId }: Reach,
  { customerIn }: Pick<Route, 'customerIn'>,
  raw: RawInputs,
): RawInputs {
  if (customerId === undefined || customerIn === undefined) return raw
  const named = raw[customerIn]
  if (typeof named !== 'object' || named === null || Object.hasOwn(named, 'customerId')) return raw
  return { ...raw, [customerIn]: { ...named, customerId } }
}
