/** What an event of Stripe's is about. It is a hint that something has changed; what it shows of it is not looked at. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { invalidValue } from '../change/invalid.ts'
import type { Failure } from '../failures.ts'
import { parseJson } from '../request.ts'
import type { Heard } from './heard.ts'
import { instantOf, STRIPE } from './stripe-client.ts'

/** What is to be looked at again. */
export type Hint =
  | { readonly kind: 'checkout'; readonly session: string }
  | { readonly kind: 'subscription'; readonly reference: string }
  | {
      readonly kind: 'refund' | 'dispute'
      readonly intent: string
      readonly amount: number | null
    }

export interface StripeEvent {
  readonly heard: Heard
  /** Null: nothing that concerns anybody here. */
  readonly hint: Hint | null
}

/** Reads a body that Stripe has signed. */
export function stripeEventFrom(text: string): Result<StripeEvent, Failure> {
  const json = parseJson(text)
  if (!json.ok) return json
  const id = textAt(json.value, 'id')
  const type = textAt(json.value, 'type')
  const created = at(json.value, 'created')
  if (id === null || type === null || typeof created !== 'number')
    return err(invalidValue('', 'an event with an id, a type and a time'))
  const heard = { provider: STRIPE, id, occurredAt: instantOf(created), fact: { kind: type } }
  return ok({ heard, hint: hintOf(type, at(json.value, 'data', 'object')) })
}

/** By the first word or two of its type: whatever happens to one thing is read in one way. */
function hintOf(type: string, object: unknown): Hint | null {
  if (type === 'charge.refunded') return moved('refund', object, 'amount_refunded')
  if (type === 'charge.dispute.created') return moved('dispute', object, 'amount')
  const family = FAMILIES.find(([prefix]) => type.startsWith(prefix))
  return family?.[1](object) ?? null
}

const FAMILIES: readonly (readonly [prefix: string, read: (object: unknown) => Hint | null])[] = [
  ['checkout.session.', (object) => hint('checkout', textAt(object, 'id'))],
  ['customer.subscription.', (object) => hint('subscription', textAt(object, 'id'))],
  [
    'invoice.',
    (object) =>
      hint('subscription', idAt(object, 'parent', 'subscription_details', 'subscription')),
  ],
  [
    'subscription_schedule.',
    (object) =>
      hint('subscription', idAt(object, 'subscription') ?? textAt(object, 'released_subscription')),
  ],
]

function hint(kind: 'checkout' | 'subscription', id: string | null): Hint | null {
  if (id === null) return null
  return kind === 'checkout' ? { kind, session: id } : { kind, reference: id }
}

function moved(kind: 'refund' | 'dispute', object: unknown, field: string): Hint | null {
  const intent = idAt(object, 'payment_intent')
  const amount = at(object, field)
  return intent === null
    ? null
    : { kind, intent, amount: typeof amount === 'number' ? amount : null }
}

function at(value: unknown, ...[name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return at(Reflect.get(value, name), ...rest)
}

function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' && found.length <= LENGTH_MAX ? found : null
}

/** Stripe shows some things by their id and some whole. */
function idAt(value: unknown, ...path: readonly string[]): string | null {
  return textAt(value, ...path) ?? textAt(value, ...path, 'id')
}

const LENGTH_MAX = 255
