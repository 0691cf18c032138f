/** What the oracle is told and what it says. */
import type { Limit } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'

/** What somebody does to the meter. */
export type Use =
  | { readonly do: 'consume'; readonly units: number }
  | { readonly do: 'delta' | 'set'; readonly units: number; readonly enforce: boolean }
  | { readonly do: 'reset' }

/** One entry of the list: what is known from an instant on, or a use. Never earlier than the entry before it. */
export type Fact =
  | { readonly at: Instant; readonly customer: Customer; readonly catalogue: Catalogue }
  | { readonly at: Instant; readonly use: Use }

/** Everything that is compared with the core after each command. */
export interface Remembered {
  readonly reason: string
  readonly meter: null | {
    readonly used: number
    readonly limit: Limit
    readonly balance: Limit
    readonly overage: number
    readonly carried: number
    readonly startAt: Instant | null
    readonly resetAt: Instant | null
  }
}
