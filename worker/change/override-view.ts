import type { Instant } from '../../entitlements/instant.ts'
import type { overrides } from '../../schema/tables/customers.ts'
import type { OverrideAnswer } from '../../schema/wire/override.ts'

export type OverrideRow = typeof overrides.$inferSelect

/** An override as every route answers it. */
export function overrideView(row: OverrideRow): OverrideAnswer {
  return {
    customerId: row.customerId,
    featureId: row.featureId,
    allowance: row.allowance,
    standalone: row.standalone,
    reason: row.reason,
    startAt: text(row.startAt),
    expiresAt: row.expiresAt === null ? null : text(row.expiresAt),
    createdAt: text(row.createdAt),
    createdBy: row.createdBy,
  }
}

function text(at: Instant): string {
  return new Date(at).toISOString()
}
