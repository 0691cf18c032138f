/** What an import makes of one customer. */
import type { Instant } from '../../entitlements/instant.ts'
import { sameJson } from '../../entitlements/json.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import type { ImportItem } from '../../schema/wire/import.ts'
import type { SubscriptionInput } from '../../schema/wire/subscription.ts'
import type { Asking } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import type { Call } from '../route.ts'
import { type Change, revisionAfter } from './commit.ts'
import type { CustomerRow } from './customer-change.ts'
import { customerView } from './customer-view.ts'
import { newCustomerRow, statedCustomer } from './customers.ts'
import type { Holder } from './holder.ts'
import { below } from './invalid.ts'
import { purchased } from './purchase.ts'
import type { SubscriptionRow } from './subscription-row.ts'
import { subscriptionView } from './subscription-view.ts'

/** What importing needs of a call. */
export type Importing = Asking & Pick<Call, 'principal' | 'requestId' | 'graceDays'>

/** What D1 has of the customers of an import. */
export interface Known {
  readonly customers: ReadonlyMap<string, CustomerRow>
  /** All of each customer's, the ended ones too. */
  readonly subscriptions: ReadonlyMap<string, readonly SubscriptionRow[]>
  readonly plans: Holder['plans']
}

/** What an item comes to. */
export interface Decided {
  /** The customer as it was. */
  readonly before: CustomerRow | null
  /** Null: it is all there already. */
  readonly written: Written | null
  readonly answer: { readonly customerId: string; readonly body: object }
}

/** What is written of one customer. */
export interface Written {
  /** Null: the customer comes to be. */
  readonly before: CustomerRow | null
  readonly customer: CustomerRow
  /** By the customer's clock. */
  readonly now: Instant
  /** Whether it was archived. */
  readonly isBack: boolean
  readonly subscriptions: readonly SubscriptionRow[]
  readonly change: Omit<Change, 'statements'>
}

/** Decides one item; a failure names the place within it. */
export function decideImport(
  call: Importing,
  known: Known,
  { id, subscriptions: inputs = [], ...stated }: ImportItem,
): Result<Decided, Failure> {
  const before = known.customers.get(id) ?? null
  const revision = revisionAfter(before?.revision ?? 0, call.now)
  const made = { ...newCustomerRow(id, call), nextDue: call.now }
  const content = { ...(before ?? made), ...statedCustomer(stated) }
  const taken = takenBy(call, known, { ...content, revision }, inputs)
  if (!taken.ok) return taken
  const bought = taken.value.filter(({ isNew }) => isNew).map(({ row }) => row)
  const isSame = before !== null && sameJson(content, before) && bought.length === 0
  const customer = isSame ? before : { ...content, revision }
  const now = customer.clockAt ?? call.now
  const views = taken.value.map(({ row }) => subscriptionView(row, now))
  const answer = { customerId: id, body: { ...customerView(customer), subscriptions: views } }
  if (isSame) return ok({ before, written: null, answer })
  const change = {
    subject: `customer:${id}`,
    previous: before?.revision ?? 0,
    revision,
    action: 'customers.import',
    resource: `customers/${encodeURIComponent(id)}`,
    before: before && customerView(before),
    after: {
      ...customerView(customer),
      subscriptions: bought.map((row) => subscriptionView(row, now)),
    },
  }
  const isBack = before !== null && before.archivedAt !== null
  const written = { before, customer, now, isBack, subscriptions: bought, change }
  return ok({ before, written, answer })
}

interface Taken {
  readonly row: SubscriptionRow
  readonly isNew: boolean
}

/** The rows of the stated subscriptions, in their order: those that are there, and those that are bought now. */
function takenBy(
  call: Importing,
  known: Known,
  customer: CustomerRow,
  inputs: readonly SubscriptionInput[],
): Result<readonly Taken[], Failure> {
  const earlier = [...(known.subscriptions.get(customer.id) ?? [])]
  let holder = holderFrom(call, known, customer)
  const taken: Taken[] = []
  for (const [at, input] of inputs.entries()) {
    const found = earlier.findIndex((row) => isImported(row, input))
    const [there] = found === -1 ? [] : earlier.splice(found, 1)
    if (there !== undefined) {
      taken.push({ row: there, isNew: false })
      continue
    }
    const id = newId('sub', call.now, call.ports.random.bytes(ID_RANDOM_BYTES))
    const bought = purchased(holder, input, id)
    if (!bought.ok) return err(below(`/subscriptions/${at}`, bought.error))
    const row = { ...bought.value, revision: customer.revision }
    holder = withSubscription(holder, row)
    taken.push({ row, isNew: true })
  }
  return ok(taken)
}

/**
 * Whether a subscription is what an item states, imported before: the provider's, where one is named, else the one that
 * began with this plan, at this time where one is named.
 */
function isImported(row: SubscriptionRow, { provider, planId, startAt }: SubscriptionInput) {
  if (provider !== undefined) {
    return row.providerName === provider.name && row.providerReference === provider.reference
  }
  const isPlan = row.phases[0]?.planId === planId
  return isPlan && (startAt === undefined || startAt === row.startAt)
}

function holderFrom(
  { now, graceDays }: Importing,
  { subscriptions, plans }: Known,
  customer: CustomerRow,
): Holder {
  const rows = subscriptions.get(customer.id) ?? []
  return {
    customer,
    subscriptions: rows.filter(({ endedAt }) => endedAt === null),
    triedPlanIds: new Set(rows.map(({ trialPlanId }) => trialPlanId)),
    plans,
    now: customer.clockAt ?? now,
    graceDays,
  }
}

function withSubscription(holder: Holder, row: SubscriptionRow): Holder {
  return {
    ...holder,
    subscriptions: [...holder.subscriptions, row],
    triedPlanIds: new Set([...holder.triedPlanIds, row.trialPlanId]),
  }
}
