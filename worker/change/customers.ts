/** What can be done to a customer itself. Its subscriptions and overrides have their own use cases. */
import { eq } from 'drizzle-orm'
import { sameJson } from '../../entitlements/json.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { statusAt } from '../../entitlements/status.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { customers, subscriptions } from '../../schema/tables/customers.ts'
import { customerInput } from '../../schema/wire/customer.ts'
import type { CustomerInput } from '../../schema/wire/customer.ts'
import { eventsOfCustomer } from '../events/of-customer.ts'
import type { Failure } from '../failures.ts'
import { relisted } from '../listed.ts'
import type { Call, Outcome } from '../route.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import {
  changeCustomer,
  type Changing,
  type CustomerDecision,
  type CustomerDraft,
  type CustomerRow,
} from './customer-change.ts'
import { customerView } from './customer-view.ts'
import { database } from './database.ts'
import { patched } from './merge-patch.ts'

/** What these use cases need of a call. */
export type CustomerEditing = Changing & Pick<Call, 'ifMatch'>

/** What is stated of a customer; the rest of its row is bookkeeping. */
type Content = Pick<CustomerRow, 'name' | 'email' | 'graceDays' | 'metadata' | 'archivedAt'>

/** States a customer whole, new or not; stating it brings an archived one back. */
export function putCustomer(
  call: CustomerEditing,
  customerId: string,
  input: CustomerInput,
): Promise<Outcome> {
  return changeCustomer(call, customerId, async (draft) => {
    const refused = editFailure(call, draft.customer)
    if (refused !== null) return err(refused)
    return ok(decision(call, customerId, draft, { verb: 'put', content: statedCustomer(input) }))
  })
}

/** Changes a customer by a merge patch. */
export function patchCustomer(
  call: CustomerEditing,
  customerId: string,
  patch: CustomerInput,
): Promise<Outcome> {
  return changeExisting(call, customerId, 'patch', async (row) => {
    const { name, email, graceDays, metadata, archivedAt } = row
    const input = patched(customerInput, { name, email, graceDays, metadata }, patch)
    return input.ok ? ok({ ...statedCustomer(input.value), archivedAt }) : input
  })
}

/** Archives a customer: it leaves the lists and takes no subscription. Refused while one of its own runs. */
export function archiveCustomer(call: CustomerEditing, customerId: string): Promise<Outcome> {
  return changeExisting(call, customerId, 'archive', async (row, { now }) => {
    const rows = await database(call.ports.db)
      .select()
      .from(subscriptions)
      .where(eq(subscriptions.customerId, customerId))
    const running = rows.filter((each) => statusAt(subscriptionOf(each), now) !== 'ended')
    const subscriptionIds = running.map((each) => each.id)
    return subscriptionIds.length === 0
      ? ok({ ...row, archivedAt: row.archivedAt ?? call.now })
      : err({ code: 'customer_has_subscriptions', customerId, subscriptionIds })
  })
}

function changeExisting(
  call: CustomerEditing,
  customerId: string,
  verb: string,
  change: (row: CustomerRow, draft: CustomerDraft) => Promise<Result<Content, Failure>>,
): Promise<Outcome> {
  return changeCustomer(call, customerId, async (draft) => {
    const { customer } = draft
    if (customer === null) return err({ code: 'customer_not_found', customerId })
    const refused = editFailure(call, customer)
    if (refused !== null) return err(refused)
    const content = await change(customer, draft)
    return content.ok
      ? ok(decision(call, customerId, draft, { verb, content: content.value }))
      : content
  })
}

function editFailure({ ifMatch }: CustomerEditing, row: CustomerRow | null): Failure | null {
  return ifMatchFailure(ifMatch, row && tagOf(row.revision), row?.revision ?? null)
}

/** What a request states of a customer; what it leaves out is nothing. */
export function statedCustomer(input: CustomerInput): Content {
  const { name = null, email = null, graceDays = null, metadata } = input
  return { name, email, graceDays, metadata: metadata ?? {}, archivedAt: null }
}

interface Wanted {
  readonly verb: string
  readonly content: Content
}

/** Writes the customer, unless it says already what is wanted. */
function decision(
  call: CustomerEditing,
  customerId: string,
  { customer, revision, now }: CustomerDraft,
  { verb, content }: Wanted,
): CustomerDecision {
  if (customer !== null && sameJson({ ...customer, ...content }, customer)) {
    return { answer: { body: customerView(customer), etag: tagOf(customer.revision) } }
  }
  const row = { ...(customer ?? newCustomerRow(customerId, call)), ...content, revision }
  const { name, email, graceDays, metadata, archivedAt } = content
  const isMoved = customer !== null && customer.archivedAt !== archivedAt
  // The rest of the row is written by others meanwhile, above all by the customer's object.
  const set = { name, email, graceDays, metadata, archivedAt, revision }
  const body = customerView(row)
  return {
    change: {
      action: `customers.${verb}`,
      resource: `customers/${encodeURIComponent(customerId)}`,
      before: customer && customerView(customer),
      after: body,
      statements: [
        database(call.ports.db)
          .insert(customers)
          .values(row)
          .onConflictDoUpdate({ target: customers.id, set }),
        ...(isMoved ? relisted(call.ports, customerId) : []),
      ],
      events: eventsOfCustomer(customer, row, now),
      facts: customer === null ? { customer: row } : null,
    },
    answer: { status: customer === null ? 201 : 200, body, etag: tagOf(revision) },
  }
}

/** The bookkeeping of a customer who has just come to be. */
export function newCustomerRow(id: string, { now }: Pick<Call, 'now'>) {
  return {
    id,
    createdAt: now,
    clockAt: null,
    syncedRevision: null,
    syncedVersion: 0,
    applyTurn: 0,
    toldUntil: now,
    nextDue: null,
  }
}
