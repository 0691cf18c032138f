/** Customers in Kelviq's words. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { CUSTOMER_ID } from '../../schema/ids.ts'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { Failure } from '../failures.ts'
import { encodeCursor } from '../cursor.ts'
import { NO_SUCH_PAGE, pageAsked, pageOf } from './page.ts'
import { NOTHING_YET, tagOf } from '../tag.ts'
import { ask, param, type Reply, type Row, type Said, stated } from './row.ts'

/** What reads D1 loads when it is asked for: entitlements must not wait for it. */
const counting = () => import('../change/customer-count.ts')

const ONE = '/customers/:customerId+'

export const CUSTOMER_ROWS: readonly Row[] = [
  {
    method: 'GET',
    path: '/customers',
    scope: 'read',
    names: new Map([['q', 'search']]),
    handle: list,
  },
  { method: 'POST', path: '/customers', scope: 'manage', handle: create },
  { method: 'GET', path: ONE, scope: 'read', handle: retrieve },
  { method: 'PATCH', path: ONE, scope: 'manage', handle: update },
  { method: 'DELETE', path: ONE, scope: 'manage', handle: archive },
]

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const asked = pageAsked(said)
  if (asked === null) return ok(NO_SUCH_PAGE)
  const { db } = said.spoken.ports
  const { countCustomers, placeAfter } = await counting()
  const q = said.query.get('search') || undefined
  const count = await countCustomers(db, q)
  const after = asked.skip === 0 ? null : await placeAfter(db, q, asked.skip)
  if (after === null && asked.skip > 0) return ok(NO_SUCH_PAGE)
  const found = await ask<{ readonly data: readonly CustomerAnswer[] }>(said, {
    operationId: 'listCustomers',
    query: {
      pageSize: String(asked.pageSize),
      ...(q === undefined ? {} : { q }),
      ...(after === null ? {} : { cursor: encodeCursor('customers', after, said.spoken.now) }),
    },
  })
  return found.ok ? ok(pageOf(said, asked, count, found.value.data.map(customerView))) : found
}

async function create(said: Said): Promise<Result<Reply, Failure>> {
  const { customerId } = said.body
  const made = await ask<CustomerAnswer>(said, {
    operationId: 'putCustomer',
    params: typeof customerId === 'string' ? { customerId } : {},
    body: fieldsOf(said),
    ifMatch: NOTHING_YET,
  })
  if (made.ok) return ok({ status: 201, body: customerView(made.value) })
  return made.error.code === 'revision_mismatch' ? ok(TAKEN) : made
}

/** Ids stay taken for ever, also those of archived customers. */
const TAKEN: Reply = {
  status: 400,
  body: {
    customerId: ['There is a customer with this id already.'],
    detail: 'customerId: There is a customer with this id already.',
    code: 'already_exists',
  },
}

async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const customer = await known(said)
  return customer.ok ? ok({ body: customerView(customer.value) }) : customer
}

/** How often an update reads again because somebody else's came first. */
const TRIES = 3

/** What is sent replaces what was; also the metadata as a whole, where our own patch would go into it. */
async function update(said: Said): Promise<Result<Reply, Failure>> {
  for (let tries = 1; ; tries += 1) {
    const before = await known(said)
    if (!before.ok) return before
    const { id, name, email, graceDays, metadata, revision } = before.value
    const after = await ask<CustomerAnswer>(said, {
      operationId: 'putCustomer',
      params: { customerId: id },
      body: { name, email, graceDays, metadata, ...fieldsOf(said) },
      ifMatch: tagOf(revision),
    })
    if (after.ok) return ok({ body: customerView(after.value) })
    if (after.error.code !== 'revision_mismatch' || tries === TRIES) return after
  }
}

function fieldsOf({ body: { name, email, metadata } }: Said) {
  return stated({ name, email, metadata })
}

async function archive(said: Said): Promise<Result<Reply, Failure>> {
  const customer = await known(said)
  if (!customer.ok) return customer
  const gone = await ask<CustomerAnswer>(said, {
    operationId: 'deleteCustomer',
    params: { customerId: customer.value.id },
  })
  return gone.ok ? ok({ body: { message: 'Customer archived successfully.' } }) : gone
}

/** The customer that the path names. One that is archived is nobody to Kelviq. */
async function known(said: Said): Promise<Result<CustomerAnswer, Failure>> {
  const customerId = param(said, 'customerId')
  // An id that nobody can have is that of nobody.
  if (!CUSTOMER_ID.test(customerId)) return err({ code: 'customer_not_found', customerId })
  const found = await ask<CustomerAnswer>(said, {
    operationId: 'getCustomer',
    params: { customerId },
  })
  return found.ok && found.value.archivedAt !== null
    ? err({ code: 'customer_not_found', customerId })
    : found
}

/** A customer as Kelviq shows one. Its own id is the caller's here, and addresses are the payment provider's. */
export function customerView(customer: CustomerAnswer): object {
  const { id, name, email, metadata, createdAt, revision } = customer
  return {
    id,
    customerId: id,
    name,
    email,
    details: {},
    metadata,
    billingAddress: NO_ADDRESS,
    createdOn: createdAt,
    modifiedOn: new Date(revision).toISOString(),
  }
}

const NO_ADDRESS = {
  country: null,
  line1: null,
  line2: null,
  postalCode: null,
  city: null,
  state: null,
} as const
