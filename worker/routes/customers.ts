/** Customers over HTTP. */
import { err, ok } from '../../entitlements/result.ts'
import type { CustomerFilter, CustomerInput } from '../../schema/wire/customer.ts'
import { readCustomer } from '../change/customer-change.ts'
import { customerList } from '../change/customer-list.ts'
import {
  archiveCustomer,
  customerView,
  patchCustomer as patch,
  putCustomer as put,
} from '../change/customers.ts'
import { page } from '../paging.ts'
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

export const listCustomers: Handler<unknown, CustomerFilter> = (call) =>
  page(call, customerList(call.ports, call.query, call.now), customerView)
