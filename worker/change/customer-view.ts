import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { CustomerRow } from './customer-change.ts'

/** A customer as it is answered. */
export function customerView(row: CustomerRow): CustomerAnswer {
  const { id, name, email, graceDays, metadata, createdAt, archivedAt, clockAt, revision } = row
  return {
    id,
    name,
    email,
    graceDays,
    metadata,
    createdAt: new Date(createdAt).toISOString(),
    archivedAt: archivedAt === null ? null : new Date(archivedAt).toISOString(),
    ...(clockAt === null ? {} : { clockAt: new Date(clockAt).toISOString() }),
    revision,
  }
}
