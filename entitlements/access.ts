import type { Reason } from './entitlement.ts'

/** Something an application may want to tell its user in place. */
export interface Warning {
  readonly code: 'threshold' | 'over_soft_limit' | 'in_grace' | 'override_expires'
  readonly message: string
  readonly percent?: number
}

/** The answer to "may this customer use (so much of) this feature now?". */
export interface Access {
  readonly hasAccess: boolean
  readonly reason: Reason
  readonly warnings: readonly Warning[]
}
