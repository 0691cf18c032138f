/** `@sluice/sdk/manage`: customers, what they buy, and what they are given. For servers: it needs a key that may `manage`. */
import type { Connection } from './contract.ts'
import {
  type Customers,
  customersOf,
  type Overrides,
  overridesOf,
  type Portal,
  portalOf,
  type Tokens,
  tokensOf,
} from './manage/customers.ts'
import {
  type Checkout,
  checkoutOf,
  type Subscriptions,
  subscriptionsOf,
} from './manage/subscriptions.ts'

export type { ManageOptions } from './manage/asked.ts'
export type { Customers, Overrides, Portal, Tokens } from './manage/customers.ts'
export { every } from './manage/pages.ts'
export type * from './manage/resources.ts'
export type { Checkout, Subscriptions } from './manage/subscriptions.ts'

/** The control plane, by what there is. */
export interface Management {
  readonly checkout: Checkout
  readonly customers: Customers
  readonly overrides: Overrides
  readonly portal: Portal
  readonly subscriptions: Subscriptions
  readonly tokens: Tokens
}

/** Manages what this client asks about; whatever is changed so, its next question sees. */
export function manage(sluice: Connection): Management {
  return {
    checkout: checkoutOf(sluice),
    customers: customersOf(sluice),
    overrides: overridesOf(sluice),
    portal: portalOf(sluice),
    subscriptions: subscriptionsOf(sluice),
    tokens: tokensOf(sluice),
  }
}
