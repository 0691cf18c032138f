import { Refusal } from '../dev/refusal.ts'

export type JsonObject = { readonly [key: string]: unknown }

/**
 * A seed file: the body of `PUT /v1/catalogue`, plus customers.
 *
 * Bodies are sent as they stand, so that the service is the one judge of them. Their dates may be relative to the
 * moment at which the customer is first loaded (see schema/relative-dates.ts).
 */
export interface SeedDocument {
  /** Null where the file holds customers only. */
  readonly catalogue: JsonObject | null
  readonly customers: readonly SeedCustomer[]
}

export interface SeedCustomer {
  readonly id: string
  /** The body of `PUT /v1/customers/{id}`. */
  readonly body: JsonObject
  readonly subscriptions: readonly SeedSubscription[]
  readonly overrides: readonly SeedOverride[]
  /** Bodies of `POST /v1/usage`, without the customer. */
  readonly usage: readonly JsonObject[]
}

export interface SeedSubscription {
  /** The body of `POST /v1/customers/{id}/subscriptions`. */
  readonly body: JsonObject
  /** What happens to it afterwards, in this order. */
  readonly actions: readonly SeedAction[]
}

export interface SeedAction {
  /** The last segment of `POST /v1/subscriptions/{id}/{action}`. */
  readonly action: string
  readonly body: JsonObject
}

export interface SeedOverride {
  readonly featureId: string
  /** The body of `PUT /v1/customers/{id}/overrides/{featureId}`. */
  readonly body: JsonObject
}

/** Reads a seed file's text; refuses what is no such document, naming the place. */
export function seedDocument(text: string): SeedDocument {
  const { customers, ...catalogue } = object(json(text), 'The file')
  return {
    catalogue: Object.keys(catalogue).length === 0 ? null : catalogue,
    customers: list(customers, 'customers', customer),
  }
}

function customer(value: unknown, place: string): SeedCustomer {
  const { id, subscriptions, overrides, usage, ...body } = object(value, place)
  return {
    id: string(id, `${place}.id`),
    body,
    subscriptions: list(subscriptions, `${place}.subscriptions`, subscription),
    overrides: list(overrides, `${place}.overrides`, override),
    usage: list(usage, `${place}.usage`, object),
  }
}

function subscription(value: unknown, place: string): SeedSubscription {
  const { actions, ...body } = object(value, place)
  return { body, actions: list(actions, `${place}.actions`, action) }
}

function action(value: unknown, place: string): SeedAction {
  const { action: name, ...body } = object(value, place)
  return { action: string(name, `${place}.action`), body }
}

function override(value: unknown, place: string): SeedOverride {
  const { featureId, ...body } = object(value, place)
  return { featureId: string(featureId, `${place}.featureId`), body }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal(`The seed file is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function object(value: unknown, place: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(`${place}: expected an object.`)
  return { ...value }
}

function string(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Refusal(`${place}: expected a string.`)
  return value
}

function list<T>(
  value: unknown,
  place: string,
  read: (item: unknown, place: string) => T,
): readonly T[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new Refusal(`${place}: expected a list.`)
  return value.map((item, index) => read(item, `${place}[${index}]`))
}
