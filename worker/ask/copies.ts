/**
 * Where copies come from: KV first, and behind it the source — D1 for the catalogue, the customer object for the
 * customer. Everything that is read is remembered; what KV has lost is put back.
 */
import type { Floor, ReadAnswer } from '../../durable-objects/calls.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { decodeDocument, documentKey } from '../../schema/document.ts'
import { decodeHead, EMPTY_HEAD, HEAD_KEY } from '../../schema/head.ts'
import { customerKey } from '../../schema/snapshot.ts'
import { type Asking, attempt } from '../attempt.ts'
import { publishHead } from '../head.ts'
import {
  type CustomerCopy,
  forgetCustomer,
  type HeadCopy,
  mayPutBack,
  noteHeadConfirmed,
  raiseCatalogueFloor,
  raiseFloor,
  rememberCustomer,
  rememberHead,
} from '../isolate.ts'
import { readSnapshot } from '../own-clock.ts'

/** How long a location may serve its own copy: KV's minimum for what changes, longer for what never does. */
const CACHE_SECONDS = 30
const DOCUMENT_CACHE_SECONDS = 300

/** How long an answer may wait for each store before it goes around it. */
const KV_LIMIT_MS = 1_000
const D1_LIMIT_MS = 3_000
const PUT_LIMIT_MS = 10_000

/** How many keys one read of KV takes. */
const KV_KEYS_MAX = 100

export interface Wanted {
  readonly head: boolean
  readonly customerIds: readonly string[]
}

/** What KV had of the things asked for; `absent` says nothing about whether they exist. */
export interface FromKv {
  readonly head: 'read' | 'absent' | 'not_read'
  /** Who is not in it was not read. */
  readonly customers: ReadonlyMap<string, 'read' | 'absent'>
}

export const NOTHING_READ: FromKv = { head: 'not_read', customers: new Map() }

/** Reads head and customers in one operation; what does not fit into it is not read. */
export async function readKv(asking: Asking, wanted: Wanted): Promise<FromKv> {
  const customerIds = wanted.customerIds.slice(0, KV_KEYS_MAX - (wanted.head ? 1 : 0))
  const keys = [...(wanted.head ? [HEAD_KEY] : []), ...customerIds.map(customerKey)]
  if (keys.length === 0) return NOTHING_READ
  const found = await attempt(asking, 'kv', KV_LIMIT_MS, () =>
    asking.ports.kv.get(keys, { type: 'text', cacheTtl: CACHE_SECONDS }),
  )
  if (!found.ok) return NOTHING_READ
  const now = asking.ports.clock.now()
  const head = wanted.head ? keepHead(found.value.get(HEAD_KEY), now) : 'not_read'
  const customers = customerIds.map(
    (id) => [id, keepCustomer(asking, found.value.get(customerKey(id)), now)] as const,
  )
  return { head, customers: new Map(customers) }
}

function keepHead(text: string | null | undefined, now: Instant): 'read' | 'absent' {
  const head = decodeHead(text ?? '')
  if (head === null) return 'absent'
  rememberHead(head, now)
  return 'read'
}

function keepCustomer(
  { ports }: Asking,
  text: string | null | undefined,
  now: Instant,
): 'read' | 'absent' {
  const snapshot = readSnapshot(ports, text ?? '')
  if (snapshot === null) return 'absent'
  rememberCustomer(snapshot, text?.length ?? 0, null, now)
  return 'read'
}

/** Reads the head where it is decided; `lost`: KV had none, so it is put back. Null: D1 cannot be asked. */
export async function readHeadFromSource(asking: Asking, lost: boolean): Promise<HeadCopy | null> {
  const found = await attempt(asking, 'd1', D1_LIMIT_MS, () =>
    asking.ports.db.prepare('SELECT head FROM catalogue').first<{ head: string }>(),
  )
  if (!found.ok) return null
  const head = found.value === null ? EMPTY_HEAD : decodeHead(found.value.head)
  if (head === null) return null
  if (lost) putBack(asking, HEAD_KEY, () => publishHead(asking.ports))
  const now = asking.ports.clock.now()
  noteHeadConfirmed(now)
  return rememberHead(head, now)
}

/** Brings the plans named into the head's catalogue; false when one of them cannot be had. */
export async function readPlans(
  asking: Asking,
  copy: HeadCopy,
  planIds: readonly string[],
): Promise<boolean> {
  await readPlansFromKv(
    asking,
    copy,
    planIds.filter((id) => !copy.plans.has(id)),
  )
  const missing = planIds.filter((id) => !copy.plans.has(id))
  if (missing.length > 0) await readPlansFromSource(asking, copy, missing)
  return missing.every((id) => copy.plans.has(id))
}

async function readPlansFromKv(
  asking: Asking,
  copy: HeadCopy,
  planIds: readonly string[],
): Promise<void> {
  const keys = planIds.flatMap((id) => {
    const revision = copy.head.plans.get(id)
    return revision === undefined ? [] : [documentKey(id, revision)]
  })
  if (keys.length === 0) return
  const found = await attempt(asking, 'kv', KV_LIMIT_MS, () =>
    asking.ports.kv.get(keys.slice(0, KV_KEYS_MAX), {
      type: 'text',
      cacheTtl: DOCUMENT_CACHE_SECONDS,
    }),
  )
  if (!found.ok) return
  for (const text of found.value.values()) keepPlan(copy, decodeDocument(text ?? ''))
}

interface DocumentRow {
  readonly plan_id: string
  readonly revision: number
  readonly document: string
}

async function readPlansFromSource(
  asking: Asking,
  copy: HeadCopy,
  planIds: readonly string[],
): Promise<void> {
  const wanted = planIds.flatMap((id) => {
    const revision = copy.head.plans.get(id)
    return revision === undefined ? [] : [[id, revision]]
  })
  if (wanted.length === 0) return
  const found = await attempt(asking, 'd1', D1_LIMIT_MS, () =>
    asking.ports.db.prepare(DOCUMENTS).bind(JSON.stringify(wanted)).all<DocumentRow>(),
  )
  if (!found.ok) return
  for (const { plan_id, revision, document } of found.value.results) {
    keepPlan(copy, decodeDocument(document))
    const name = documentKey(plan_id, revision)
    putBack(asking, name, () => asking.ports.kv.put(name, document))
  }
}

/** Puts back what KV has lost, behind the answer. */
function putBack(asking: Asking, name: string, put: () => Promise<unknown>): void {
  if (!mayPutBack(name, asking.now)) return
  asking.waitUntil(attempt(asking, 'kv', PUT_LIMIT_MS, put))
}

const DOCUMENTS = `SELECT plan_id, documents.revision, document FROM documents JOIN json_each(?1) AS wanted
  ON plan_id = json_extract(wanted.value, '$[0]') AND documents.revision = json_extract(wanted.value, '$[1]')`

function keepPlan(copy: HeadCopy, plan: CompiledPlan | null): void {
  if (plan !== null && copy.head.plans.get(plan.id) === plan.revision) copy.plans.set(plan.id, plan)
}

/**
 * Those of these customers whom D1 does not have; nobody where it cannot be asked. Tells this isolate which catalogue
 * is in force, too.
 */
export async function readStrangers(
  asking: Asking,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (customerIds.length === 0) return new Set()
  const found = await attempt(asking, 'd1', D1_LIMIT_MS, () =>
    asking.ports.db.prepare(STRANGERS).bind(JSON.stringify(customerIds)).all<StrangerRow>(),
  )
  if (!found.ok) return new Set()
  raiseCatalogueFloor(found.value.results[0]?.catalogue_revision ?? EMPTY_HEAD.revision)
  return new Set(found.value.results.flatMap(({ id, revision }) => (revision === null ? [id] : [])))
}

interface StrangerRow {
  readonly id: string
  /** Null: there is no such customer. */
  readonly revision: number | null
  readonly catalogue_revision: number | null
}

const STRANGERS = `SELECT value AS id, (SELECT revision FROM customers WHERE id = value) AS revision,
  (SELECT revision FROM catalogue) AS catalogue_revision FROM json_each(?1)`

/** What the customer object is asked for. */
export interface ObjectRead {
  readonly fresh: boolean
  readonly republish: boolean
  readonly atLeast: Floor
  readonly limitMs: number
}

/** Asks the customer object, and believes it. */
export async function readObject(
  asking: Asking,
  customerId: string,
  { limitMs, ...request }: ObjectRead,
): Promise<CustomerCopy | 'unknown_customer' | 'unavailable'> {
  const answer = await attempt<ReadAnswer>(asking, 'do', limitMs, () =>
    asking.ports.customers(customerId).read(request),
  )
  if (!answer.ok) return 'unavailable'
  switch (answer.value.status) {
    case 'unknown_customer':
      forgetCustomer(customerId)
      return 'unknown_customer'
    case 'unavailable':
      return 'unavailable'
    case 'found': {
      const { snapshot: text, floor, checked } = answer.value
      const snapshot = readSnapshot(asking.ports, text)
      if (snapshot === null) return 'unavailable'
      const at = asking.ports.clock.now()
      raiseFloor(customerId, floor)
      return rememberCustomer(snapshot, text.length, { by: checked, sought: request.fresh, at }, at)
    }
  }
}
