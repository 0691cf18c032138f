/** Test clocks over HTTP. */
import { err, ok } from '../../entitlements/result.ts'
import type { ClockMove } from '../../schema/wire/clock.ts'
import * as change from '../change/clock.ts'
import { readCustomer } from '../change/customer-change.ts'
import type { Handler } from '../route.ts'
import { tagOf } from '../tag.ts'

interface Params {
  readonly customerId: string
}

export const getClock: Handler<Params> = async (call) => {
  const { customerId } = call.params
  const row = await readCustomer(call, customerId)
  if (row === null) return err({ code: 'customer_not_found', customerId })
  // Without a clock of its own the time is another at every call.
  const etag = row.clockAt === null ? {} : { etag: tagOf(row.revision) }
  return ok({ body: change.clockView(row, call.now), ...etag })
}

export const putClock: Handler<Params, unknown, ClockMove> = (call) =>
  change.putClock(call, call.params.customerId, call.body)

export const deleteClock: Handler<Params> = (call) =>
  change.removeClock(call, call.params.customerId)
