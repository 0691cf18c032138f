/** Customers of their own for tests, and the questions that tests ask about them. */
import { api, type Reply, unique } from '../support/service.ts'

export const DAY_MS = 86_400_000

/** A customer who holds one subscription. */
export interface Held {
  readonly customerId: string
  readonly subscriptionId: string
}

/** A new customer on this plan; `fields` as `POST /v1/customers/{id}/subscriptions` takes them. */
export async function customerOn(planId: string, fields: object = {}): Promise<Held> {
  const customerId = await newCustomer()
  const subscriptionId = await subscribe(customerId, planId, fields)
  return { customerId, subscriptionId }
}

/** A new customer without anything. */
export async function newCustomer(fields: object = {}): Promise<string> {
  const customerId = unique('customer')
  await bodyOf(api.put(`/customers/${customerId}`, fields))
  return customerId
}

/** Takes a plan, by the month where it has a monthly price; returns the subscription's id. */
export async function subscribe(customerId: string, planId: string, fields: object = {}) {
  const plan = await bodyOf(api.get(`/plans/${planId}`))
  const isPriced = plan.prices.length > 0
  const body = { planId, ...(isPriced && { chargePeriod: 'monthly' }), ...fields }
  const { id } = await bodyOf(api.post(`/customers/${customerId}/subscriptions`, body))
  return String(id)
}

/** The answer of one check; `more` as query parameters. */
export function access(customerId: string, featureId: string, more = '') {
  const customer = encodeURIComponent(customerId)
  return bodyOf(api.get(`/access?customerId=${customer}&featureId=${featureId}${more}`))
}

/** The answer of one consumption. */
export function consume(customerId: string, featureId: string, quantity = 1) {
  return bodyOf(api.post('/consume', { customerId, featureId, quantity }))
}

/** The answer of one report. */
export function report(
  customerId: string,
  featureId: string,
  behaviour: 'delta' | 'set',
  value: number,
  fields: object = {},
) {
  return bodyOf(api.post('/usage', { customerId, featureId, behaviour, value, ...fields }))
}

/** What is done to a subscription; returns it afterwards. */
export function act({ subscriptionId }: Held, action: string, body?: object) {
  return bodyOf(api.post(`/subscriptions/${subscriptionId}/${action}`, body))
}

/** An instant some days from now, as the wire has it. */
export function daysFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString()
}

/** The body of an answer that must be a success. */
export async function bodyOf(reply: Promise<Reply>) {
  const { status, body, text } = await reply
  if (status >= 300) throw new Error(`${status}: ${text}`)
  return body
}
