/** Many customers at once, with their subscriptions. */
import * as z from 'zod/mini'
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
  subscriptions: z.exactOptional(
    z.array(subscriptionInput, SUBSCRIPTIONS).check(z.maxLength(20, SUBSCRIPTIONS)),
  ),
})

export type ImportItem = z.infer<typeof item>

export const importCustomers = {
  body: body({
    items: z.array(item, ITEMS).check(
      z.maxLength(500, ITEMS),
      z.refine((items) => new Set(items.map(({ id }) => id)).size === items.length, ITEMS),
    ),
  }),
  answer: outcomesOf(z.extend(customer, { ...CHANGED, subscriptions: z.array(subscription) })),
}
