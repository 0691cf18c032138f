/** A small shop for tests of the Worker: three plans, one customer on the cheapest, a key. */
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { makeKey } from './edge.ts'
import { fresh } from './fresh.ts'
import { putCatalogue, putCustomer } from './intent.ts'
import { catalogue, customer, meter, plan, subscription } from './world.ts'

export const CUSTOMER = 'starter-co'

/** The plans as they are at first. `grantedBy` and `onUnavailable` are set where a test reads them. */
export function plans(revision = 1): Catalogue {
  const made = catalogue([
    plan(
      'starter',
      { dashboard: { enabled: true }, 'api-calls': meter({ limit: 100 }) },
      { rank: 1, revision },
    ),
    plan('pro', { analytics: { enabled: true }, 'api-calls': meter({ limit: 1000 }) }, { rank: 2 }),
    plan('enterprise', { sso: { enabled: true }, theme: { value: 'dark' } }, { rank: 3 }),
  ])
  const features = new Map(made.features)
  features.set('sso', { type: 'boolean', onUnavailable: 'deny', grantedBy: ['enterprise'] })
  features.set('theme', { type: 'customizable', onUnavailable: 'allow', grantedBy: ['enterprise'] })
  return { ...made, features, revision }
}

/** The customer on these plans, each since `startAt`. */
export function holder(
  planIds: readonly string[],
  fields: Partial<Customer> = {},
  startAt: Instant = Date.parse('2026-01-31T00:00:00Z'),
): Customer {
  const { id = CUSTOMER } = fields
  const subscriptions = planIds.map((planId) =>
    subscription(`sub_${planId}_${id}`, planId, startAt),
  )
  return customer({ id, subscriptions, ...fields })
}

/** Empty stores with the shop in them; returns a key that may do everything. */
export async function openShop(): Promise<string> {
  await fresh()
  await putCatalogue(plans())
  await putCustomer(holder(['starter']))
  return makeKey(['manage'])
}

/** The path of a check. */
export function accessPath(featureId: string, more = '', customerId = CUSTOMER): string {
  return `/v1/access?customerId=${encodeURIComponent(customerId)}&featureId=${featureId}${more}`
}
