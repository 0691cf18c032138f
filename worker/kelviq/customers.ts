/** Customers in Kelviq's words. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { Failure } from '../failures.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'

export const CUSTOMER_ROWS: readonly Row[] = [
  { method: 'GET', path: '/customers/:customerId+', scope: 'read', handle: retrieve },
]

async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const customer = await known(said)
  return customer.ok ? ok({ body: customerView(customer.value) }) : customer
}

/** The customer that the path names. One that is archived is nobody to Kelviq. */
async function known(said: Said): Promise<Result<CustomerAnswer, Failure>> {
  const customerId = param(said, 'customerId')
  const found = await ask<CustomerAnswer>(said, {
    operationId: 'getCustomer',
    params: { customerId },
  })
  return found.ok && found.value.archivedAt !== null
    ? err({ code: 'customer_not_found', customerId })
    : found
}

/** A customer as Kelviq shows one. Its own id is the caller's here, and addresses are the payment provider's. */
export function customerView(customer: CustomerAnswer): object {
  const { id, name, email, metadata, createdAt, revision } = customer
  return {
    id,
    customerId: id,
    name,
    email,
    details: {},
    metadata,
    billingAddress: NO_ADDRESS,
    createdOn: createdAt,
    modifiedOn: new Date(revision).toISOString(),
  }
}

const NO_ADDRESS = {
  country: null,
  line1: null,
  line2: null,
  postalCode: null,
  city: null,
  state: null,
} as const
