/** Many customers at once, with their subscriptions. */
import * as z from 'zod'
import { customer, customerFields } from './customer.ts'
import { body, CHANGED, customerId } from './field.ts'
import { outcomesOf } from './outcome.ts'
import { subscription, subscriptionInput } from './subscription.ts'

const ITEMS = { error: 'a list of at most 500 customers, each once' }
const SUBSCRIPTIONS = { error: 'a list of at most 20 subscriptions' }

/** A customer as `PUT /v1/customers/{id}` states it, with subscriptions that are bought unless it has them. */
const item = body({
  id: customerId,
  ...customerFields,
  subscriptions: z.array(subscriptionInput, SUBSCRIPTIONS).max(20, SUBSCRIPTIONS).exactOptional(),
})

export type ImportItem = z.infer<typeof item>

export const importCustomers = {
  body: body({
    items: z
      .array(item, ITEMS)
      .max(500, ITEMS)
      .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, ITEMS),
  }),
  answer: outcomesOf(customer.extend({ ...CHANGED, subscriptions: z.array(subscription) })),
}
