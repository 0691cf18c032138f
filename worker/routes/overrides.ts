/** Overrides over HTTP. */
import { and, asc, eq, gt } from 'drizzle-orm'
import { err } from '../../entitlements/result.ts'
import { overrides } from '../../schema/tables/customers.ts'
import type { OverrideInput } from '../../schema/wire/override.ts'
import { readCustomer } from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { overrideView } from '../change/override-view.ts'
import * as change from '../change/overrides.ts'
import { page, type PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'

/** By feature. */
export const listOverrides: Handler<{ readonly customerId: string }, PageQuery> = async (call) => {
  const { customerId } = call.params
  if ((await readCustomer(call, customerId)) === null) {
    return err({ code: 'customer_not_found', customerId })
  }
  const own = eq(overrides.customerId, customerId)
  return page(
    call,
    {
      name: `overrides:${customerId}`,
      positionOf: (row) => [row.featureId],
      read: (after, count) =>
        database(call.ports.db)
          .select()
          .from(overrides)
          .where(after === null ? own : and(own, gt(overrides.featureId, String(after[0]))))
          .orderBy(asc(overrides.featureId))
          .limit(count),
    },
    overrideView,
  )
}

export const putOverride: Handler<change.OverrideKey, unknown, OverrideInput> = (call) =>
  change.putOverride(call, call.params, call.body)

export const deleteOverride: Handler<change.OverrideKey> = (call) =>
  change.deleteOverride(call, call.params)
