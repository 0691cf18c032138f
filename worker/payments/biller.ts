/** Any biller, in Sluice's own words: what its webhooks say, as events. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { BILLER_DATA, billerEvent } from '../../schema/wire/payment.ts'
import { below, invalidValue } from '../change/invalid.ts'
import type { Failure } from '../failures.ts'
import { parseJson } from '../request.ts'
import type { Call, Schema } from '../route.ts'
import { parserOf } from '../validation.ts'
import type { PaymentEvent, SubscriptionFact, SubscriptionRef } from './provider.ts'

/** How subscriptions that a biller drives name it. */
export const GENERIC = 'generic'

/** How far ahead of ours the clock of a biller may be. */
const AHEAD_MS = 300_000

/** The event that a body tells; null where it is of a type that Sluice does not know. */
export function billerEventFrom(
  { now }: Pick<Call, 'now'>,
  id: string,
  text: string,
): Result<PaymentEvent<SubscriptionFact> | null, Failure> {
  const json = parseJson(text)
  if (!json.ok) return json
  const told = read(billerEvent, json.value)
  if (!told.ok) return told
  const { type, timestamp: occurredAt, data } = told.value
  // What has not happened yet would silence everything until then.
  if (occurredAt > now + AHEAD_MS) {
    return err(invalidValue('/timestamp', 'an instant at most five minutes ahead'))
  }
  const fact = factFrom(type, data)
  if (!fact.ok) return err(below('/data', fact.error))
  return ok(fact.value && { provider: GENERIC, id, occurredAt, fact: fact.value })
}

function factFrom(type: string, data: unknown): Result<SubscriptionFact | null, Failure> {
  switch (type) {
    case 'subscribed':
      return map(
        read(BILLER_DATA.subscribed, data),
        ({ customerId, name, email, period, ...taken }) => {
          const named = { ...(name && { name }), ...(email && { email }) }
          return {
            ...taken,
            kind: type,
            customer: { id: customerId, ...named },
            period: period ?? null,
          }
        },
      )
    case 'payment_succeeded':
      return map(read(BILLER_DATA[type], data), ({ period, ...ref }) => ({
        kind: type,
        subscription: refOf(ref),
        period: period ?? null,
      }))
    case 'refunded':
      return map(read(BILLER_DATA[type], data), ({ full, amount, ...ref }) => ({
        kind: type,
        subscription: refOf(ref),
        full,
        amount: amount ?? null,
      }))
    case 'disputed':
      return map(read(BILLER_DATA[type], data), ({ amount, ...ref }) => ({
        kind: type,
        subscription: refOf(ref),
        amount: amount ?? null,
      }))
    case 'changed':
      return map(read(BILLER_DATA[type], data), ({ subscriptionId, reference, ...to }) => ({
        kind: type,
        subscription: refOf({ subscriptionId, reference }),
        ...to,
      }))
    case 'canceled':
      return map(read(BILLER_DATA[type], data), ({ when, ...ref }) => ({
        kind: type,
        subscription: refOf(ref),
        when,
      }))
    case 'uncanceled':
      return map(read(BILLER_DATA[type], data), (ref) => ({
        kind: 'canceled',
        subscription: refOf(ref),
        when: null,
      }))
    case 'payment_failed':
    case 'paused':
    case 'resumed':
      return map(read(BILLER_DATA[type], data), (ref) => ({ kind: type, subscription: refOf(ref) }))
    default:
      return ok(null)
  }
}

interface Ref {
  readonly subscriptionId?: string | undefined
  readonly reference?: string | undefined
}

/** The schema has made sure that it is one of the two. */
function refOf({ subscriptionId, reference = '' }: Ref): SubscriptionRef {
  return subscriptionId === undefined ? { reference } : { id: subscriptionId }
}

function map<T, U>(result: Result<T, Failure>, change: (value: T) => U): Result<U, Failure> {
  return result.ok ? ok(change(result.value)) : result
}

function read<T>(schema: Schema<T>, value: unknown): Result<T, Failure> {
  const inputs = parserOf<unknown, unknown, T>({ body: schema })({
    params: {},
    query: {},
    body: value,
  })
  return inputs.ok ? ok(inputs.value.body) : err({ code: 'invalid_request', errors: inputs.error })
}
