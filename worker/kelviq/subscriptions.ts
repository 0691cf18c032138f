/** Subscriptions in Kelviq's words. A change keeps the subscription, and so its id. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import type {
  CancellationInput,
  SubscriptionUpdate,
} from '../../schema/wire/kelviq-subscription.ts'
import type { Failure } from '../failures.ts'
import { type Catalogue, readCatalogue } from './catalogue.ts'
import { PRODUCT } from './product.ts'
import { keyOf, read, refusing } from './read.ts'
import { ask, param, type Reply, type Row, type Said } from './row.ts'
import { type Sold, soldTerms } from './seats.ts'
import { listSubscriptions } from './subscription-list.ts'
import { subscriptionObject } from './subscription-object.ts'

const wire = () => import('../../schema/wire/kelviq-subscription.ts')

const NAMES = new Map([
  ['planId', 'planIdentifier'],
  ['quantity', 'features'],
  ['at', 'cancellationDate'],
])

const ONE = '/subscriptions/:subscriptionId'

export const SUBSCRIPTION_ROWS: readonly Row[] = [
  { method: 'GET', path: '/subscriptions', scope: 'read', handle: listSubscriptions },
  { method: 'POST', path: '/subscriptions/create', scope: 'manage', names: NAMES, handle: create },
  { method: 'GET', path: ONE, scope: 'read', handle: retrieve },
  { method: 'POST', path: `${ONE}/update`, scope: 'manage', names: NAMES, handle: update },
  { method: 'POST', path: `${ONE}/cancel`, scope: 'manage', names: NAMES, handle: cancel },
]

async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const subscription = await named(said)
  if (!subscription.ok) return subscription
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  return ok({ body: subscriptionObject(subscription.value, catalogue.value, said.spoken.now) })
}

/** The subscription that the path names; what is no id of ours names none. */
async function named(said: Said): Promise<Result<SubscriptionAnswer, Failure>> {
  const subscriptionId = param(said, 'subscriptionId')
  const found = await ask<SubscriptionAnswer>(said, {
    operationId: 'getSubscription',
    params: { subscriptionId },
  })
  if (found.ok || found.error.code !== 'invalid_request') return found
  return err({ code: 'subscription_not_found', subscriptionId })
}

/** Gives the customer the plan. Nothing is charged for it: `POST /checkout/` is how a customer pays. */
async function create(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).subscriptionInput, said)
  if (!input.ok) return input
  const key = keyOf(said)
  if (!key.ok) return key
  const { customerId } = input.value
  const prepared = await termsOf(said, input.value)
  if (!prepared.ok) return prepared
  const made = await ask<SubscriptionAnswer>(said, {
    operationId: 'createSubscription',
    params: { customerId },
    body: prepared.value.terms,
    idempotencyKey: key.value,
  })
  if (!made.ok) {
    const isNobody = made.error.code === 'customer_not_found'
    return isNobody ? refusing('/customerId', 'the id of a customer who exists') : made
  }
  const object = subscriptionObject(made.value, prepared.value.catalogue, said.spoken.now)
  return ok({ status: 201, body: { ...object, product: PRODUCT } })
}

interface Prepared {
  readonly catalogue: Catalogue
  readonly terms: object
}

/** The terms that are asked for, in our words. */
async function termsOf(said: Said, sold: Sold): Promise<Result<Prepared, Failure>> {
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const terms = soldTerms(catalogue.value, sold)
  return terms.ok ? ok({ catalogue: catalogue.value, terms: terms.value }) : terms
}

/** Changes plan, charge period and quantity; where it says so, ends the trial too. */
async function update(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).subscriptionUpdate, said)
  if (!input.ok) return input
  const refused = refusedUpdate(input.value)
  if (refused !== null) return refused
  const before = await named(said)
  if (!before.ok) return before
  const prepared = await termsOf(said, input.value)
  if (!prepared.ok) return prepared
  const { id: subscriptionId, status } = before.value
  const changed = await ask<SubscriptionAnswer>(said, {
    operationId: 'changeSubscription',
    params: { subscriptionId },
    body: prepared.value.terms,
  })
  if (!changed.ok) return changed
  // Where there is no trial, none has to end.
  if (input.value.trialEnd === 'now' && status === 'trialing') {
    const ended = await ask(said, { operationId: 'endTrial', params: { subscriptionId }, body: {} })
    if (!ended.ok) return ended
  }
  return ok({ body: { subscriptionId } })
}

/** What cannot be had here, and without which something else would be done. */
function refusedUpdate({
  trialEnd = null,
  paymentBehavior = null,
}: SubscriptionUpdate): Result<never, Failure> | null {
  if (trialEnd !== null && trialEnd !== 'now') {
    return refusing('/trialEnd', '"now", or nothing: the end of a trial is not moved here')
  }
  if (paymentBehavior !== null) {
    const expected = 'nothing: a change takes effect when it is paid where POST /checkout/ makes it'
    return refusing('/paymentBehavior', expected)
  }
  return null
}

async function cancel(said: Said): Promise<Result<Reply, Failure>> {
  const input = read((await wire()).cancellation, said)
  if (!input.ok) return input
  const body = endOf(input.value)
  if (!body.ok) return body
  const before = await named(said)
  if (!before.ok) return before
  const params = { subscriptionId: before.value.id }
  const canceled = await ask(said, { operationId: 'cancelSubscription', params, body: body.value })
  if (!canceled.ok) return err(inTheirWords(canceled.error))
  return ok({ body: { message: 'Subscription cancellation processed successfully.' } })
}

/** Through the day that is named, as an end date there is the last day. */
function endOf({ cancellationType, cancellationDate }: CancellationInput): Result<object, Failure> {
  switch (cancellationType) {
    case 'IMMEDIATE':
      return ok({ when: 'now' })
    case 'CURRENT_PERIOD_ENDS':
      return ok({ when: 'period_end' })
    case 'SPECIFIC_DATE':
      if (cancellationDate) return ok({ at: `${cancellationDate}T23:59:59.999Z` })
      return refusing('/cancellationDate', 'a date such as 2026-12-31')
  }
}

function inTheirWords(failure: Failure): Failure {
  if (failure.code !== 'transition_refused' || failure.because === undefined) return failure
  return { ...failure, because: failure.because.replace('{"when": "now"}', 'IMMEDIATE') }
}
