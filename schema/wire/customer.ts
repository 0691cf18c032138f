/** Customers on the wire, one export a route. */
import * as z from 'zod'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { body, catalogueId, CHANGED, customerId, flagParameter, instantText } from './field.ts'
import { integer, metadata, oneOf, PAGE_QUERY, pageOf, words } from './field.ts'
import { DAYS_MAX } from './plan.ts'

const EMAIL = { error: 'an e-mail address of at most 254 characters' }

const email = z
  .string(EMAIL)
  .max(254, EMAIL)
  .regex(/^[^\s@]+@[^\s@]+$/, EMAIL)

/** What a caller may say of a customer. Nothing of it is needed; `null` and leaving out mean the same. */
export const customerFields = {
  name: words(256).nullable().exactOptional(),
  email: email.nullable().exactOptional(),
  graceDays: integer(0, DAYS_MAX).nullable().exactOptional(),
  metadata: metadata.nullable().exactOptional(),
} as const

export const customerInput = body(customerFields)

/** A customer in an answer. */
export const customer = z.object({
  id: customerId,
  name: z.string().nullable(),
  email: z.string().nullable(),
  graceDays: z.int().nullable(),
  metadata,
  createdAt: instantText,
  archivedAt: instantText.nullable(),
  revision: z.int(),
})

export type CustomerInput = z.infer<typeof customerInput>
export type CustomerAnswer = z.infer<typeof customer>

const params = body({ customerId })
const changed = customer.extend(CHANGED)

const listQuery = body({
  ...PAGE_QUERY,
  /** The beginning of an id, a name or an e-mail address, whatever the case. */
  q: words(128).exactOptional(),
  /** Held now, as far as lists know. */
  planId: catalogueId.exactOptional(),
  status: oneOf(SUBSCRIPTION_STATUSES).exactOptional(),
  overridden: flagParameter.exactOptional(),
  /** From the usage summary, which may be a minute old. */
  overLimit: flagParameter.exactOptional(),
})

export type CustomerFilter = z.infer<typeof listQuery>

export const putCustomer = { params, body: customerInput.prefault({}), answer: changed }
export const patchCustomer = { params, body: customerInput, answer: changed }
export const getCustomer = { params, answer: customer }
export const deleteCustomer = { params, answer: changed }
export const listCustomers = { query: listQuery, answer: pageOf(customer) }
