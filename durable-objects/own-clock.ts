/** A customer's own clock, which only a deployment with test clocks reads. */
import type { Instant } from '../entitlements/instant.ts'

/** Whether customers may have clocks of their own. */
export interface TestClocks {
  readonly testClocks: boolean
}

/** In production nobody has a clock of their own, whatever a row says. */
export function hasTestClocks(environment: Env['ENVIRONMENT']): boolean {
  return environment !== 'production'
}

/** The customer as this deployment knows it: without a clock where there are none. */
export function ownClock<T extends { readonly clockAt: Instant | null }>(
  { testClocks }: TestClocks,
  customer: T,
): T {
  return testClocks || customer.clockAt === null ? customer : { ...customer, clockAt: null }
}
