/** Customers over HTTP. */
import { ownClock } from '../../durable-objects/own-clock.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { CustomerFilter, CustomerInput } from '../../schema/wire/customer.ts'
import type { ImportItem } from '../../schema/wire/import.ts'
import { readCustomer } from '../change/customer-change.ts'
import { customerView } from '../change/customer-view.ts'
import { customerList } from '../change/customer-list.ts'
import { customerMarks } from '../change/customer-marks.ts'
import { archiveCustomer, patchCustomer as patch, putCustomer as put } from '../change/customers.ts'
import { importCustomers } from '../change/import.ts'
import { outcomeFrom } from '../outcome.ts'
import { page } from '../paging.ts'
import { originOf } from '../respond.ts'
import type { Handler } from '../route.ts'
import { tagOf } from '../tag.ts'

interface Params {
  readonly customerId: string
}

export const putCustomer: Handler<Params, unknown, CustomerInput> = (call) =>
  put(call, call.params.customerId, call.body)

export const patchCustomer: Handler<Params, unknown, CustomerInput> = (call) =>
  patch(call, call.params.customerId, call.body)

export const deleteCustomer: Handler<Params> = (call) =>
  archiveCustomer(call, call.params.customerId)

export const getCustomer: Handler<Params> = async (call) => {
  const { customerId } = call.params
  const row = await readCustomer(call, customerId)
  return row === null
    ? err({ code: 'customer_not_found', customerId })
    : ok({ body: customerView(row), etag: tagOf(row.revision) })
}

export const listCustomers: Handler<unknown, CustomerFilter> = async (call) => {
  const { ports, now } = call
  const found = await page(call, customerList(ports, call.query, now), (row) =>
    customerView(ownClock(ports, row)),
  )
  if (!found.ok) return found
  const { data, nextCursor } = found.value.body
  const ids = data.map(({ id }) => id)
  const marks = await customerMarks(ports, ids, now)
  // Who is deleted in between is still in the page, with nothing said.
  const listed = data.map((each) => ({ ...each, ...(marks.get(each.id) ?? UNMARKED) }))
  return ok({ body: { data: listed, nextCursor } })
}

const UNMARKED = { plans: [], overLimit: false, overridden: false } as const

/** Many at once, with their subscriptions; one outcome an item. */
export const postCustomers: Handler<
  unknown,
  unknown,
  { readonly items: readonly ImportItem[] }
> = async (call) => {
  const outcomes = await importCustomers(call, call.body.items)
  if (!outcomes.ok) return outcomes
  const about = { requestId: call.requestId, origin: originOf(call.request) }
  return ok({ body: { results: outcomes.value.map((each) => outcomeFrom(each, about)) } })
}
