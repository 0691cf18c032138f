/** Customers on the wire, one export a route. */
import * as z from 'zod/mini'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { body, catalogueId, CHANGED, customerId, flagParameter, instantText } from './field.ts'
import { integer, metadata, oneOf, PAGE_QUERY, pageOf, removable, words } from './field.ts'
import { DAYS_MAX } from './plan.ts'

const EMAIL = { error: 'an e-mail address of at most 254 characters' }

const email = z.string(EMAIL).check(z.maxLength(254, EMAIL), z.regex(/^[^\s@]+@[^\s@]+$/, EMAIL))

/** What a caller may say of a customer. Nothing of it is needed; `null` and leaving out mean the same. */
export const customerFields = {
  name: removable(words(256)),
  email: removable(email),
  graceDays: removable(integer(0, DAYS_MAX)),
  metadata: removable(metadata),
} as const

export const customerInput = body(customerFields)

/** A customer in an answer. */
export const customer = z.object({
  id: customerId,
  name: z.nullable(z.string()),
  email: z.nullable(z.string()),
  graceDays: z.nullable(z.int()),
  metadata,
  createdAt: instantText,
  archivedAt: z.nullable(instantText),
  /** The test clock, where the customer has one. */
  clockAt: z.optional(instantText),
  revision: z.int(),
})

export type CustomerInput = z.infer<typeof customerInput>
export type CustomerAnswer = z.infer<typeof customer>

/** What a list shows beside: as far as lists know, which may be a minute behind. */
export const customerMarks = z.object({
  /** Subscriptions that have not ended, the earliest first. */
  plans: z.array(z.object({ planId: z.string(), status: z.enum(SUBSCRIPTION_STATUSES) })),
  /** Whether a meter is over its limit. */
  overLimit: z.boolean(),
  /** Whether an override has not expired. */
  overridden: z.boolean(),
})

/** A customer in a list. */
export const listedCustomer = z.extend(customer, customerMarks.shape)

export type CustomerMarks = z.infer<typeof customerMarks>
export type ListedCustomer = z.infer<typeof listedCustomer>

const params = body({ customerId })
const changed = z.extend(customer, CHANGED)

const listQuery = body({
  ...PAGE_QUERY,
  /** The beginning of an id, a name or an e-mail address, whatever the case. */
  q: z.exactOptional(words(128)),
  /** Held now, as far as lists know. */
  planId: z.exactOptional(catalogueId),
  status: z.exactOptional(oneOf(SUBSCRIPTION_STATUSES)),
  overridden: z.exactOptional(flagParameter),
  /** From the usage summary, which may be a minute old. */
  overLimit: z.exactOptional(flagParameter),
})

export type CustomerFilter = z.infer<typeof listQuery>

export const putCustomer = { params, body: z.prefault(customerInput, {}), answer: changed }
export const patchCustomer = { params, body: customerInput, answer: changed }
export const getCustomer = { params, answer: customer }
export const deleteCustomer = { params, answer: changed }
export const listCustomers = { query: listQuery, answer: pageOf(listedCustomer) }
