/** Lists of subscriptions in Kelviq's words: those of a customer, or everybody's. */
import { ok, type Result } from '../../entitlements/result.ts'
import { SUBSCRIPTION_STATUSES, type SubscriptionStatus } from '../../entitlements/subscription.ts'
import { STATUS_WORDS } from '../../schema/kelviq-words.ts'
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'
import { encodeCursor } from '../cursor.ts'
import type { Failure } from '../failures.ts'
import { readCatalogue } from './catalogue.ts'
import { NO_SUCH_PAGE, pageAsked, pageOf, pageOfWhole, readWhole } from './page.ts'
import { refusing } from './read.ts'
import { ask, type Reply, type Said } from './row.ts'
import { statusOf, subscriptionObject } from './subscription-object.ts'

/** What reads D1 loads when it is asked for. */
const counting = () => import('../change/subscription-count.ts')

/** What is shown where nobody says which: whatever has not ended. */
const CURRENT = SUBSCRIPTION_STATUSES.filter((status) => status !== 'ended')

/** A page of subscriptions, narrowed by `customer_id` and by `status`, which may be several. */
export async function listSubscriptions(said: Said): Promise<Result<Reply, Failure>> {
  const statuses = statusesAsked(said)
  if (!statuses.ok) return statuses
  const customerId = said.query.get('customer_id') || null
  return customerId === null
    ? ofEverybody(said, statuses.value)
    : ofCustomer(said, customerId, statuses.value)
}

function statusesAsked({ query }: Said): Result<readonly SubscriptionStatus[], Failure> {
  const text = query.get('status')
  if (text === null || text === '') return ok(CURRENT)
  const asked = text.split(',').map((each) => each.trim())
  const words = STATUS_WORDS.filter((word) => asked.includes(word))
  if (words.length < new Set(asked).size) {
    return refusing('/status', STATUS_WORDS.map((word) => `"${word}"`).join(', '))
  }
  return ok(words.map(statusOf).filter((status) => status !== null))
}

/** Newest first. Who is not there has none. */
async function ofCustomer(
  said: Said,
  customerId: string,
  statuses: readonly SubscriptionStatus[],
): Promise<Result<Reply, Failure>> {
  const found = await readWhole<SubscriptionAnswer>(said, {
    operationId: 'listCustomerSubscriptions',
    params: { customerId },
  })
  if (!found.ok && !isNobody(found.error)) return found
  const held = found.ok ? found.value.filter(({ status }) => statuses.includes(status)) : []
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const { now } = said.spoken
  return ok(pageOfWhole(said, held, (each) => subscriptionObject(each, catalogue.value, now)))
}

/** Also whoever could not be there: an id that is none. */
function isNobody({ code }: Failure): boolean {
  return code === 'customer_not_found' || code === 'invalid_request'
}

/** Status by status, and newest first within each: that is how an index has them. */
async function ofEverybody(
  said: Said,
  statuses: readonly SubscriptionStatus[],
): Promise<Result<Reply, Failure>> {
  const asked = pageAsked(said)
  if (asked === null) return ok(NO_SUCH_PAGE)
  const { countByStatus } = await counting()
  const counts = await countByStatus(said.spoken.ports.db, statuses)
  const found: SubscriptionAnswer[] = []
  let skip = asked.skip
  for (const [status, rows] of counts) {
    const wanted = Math.min(asked.pageSize - found.length, rows - skip)
    if (wanted > 0) {
      const part = await partOf(said, status, skip, wanted)
      if (!part.ok) return part
      found.push(...part.value)
    }
    skip = Math.max(0, skip - rows)
  }
  const catalogue = await readCatalogue(said)
  if (!catalogue.ok) return catalogue
  const count = counts.reduce((sum, [, rows]) => sum + rows, 0)
  const { now } = said.spoken
  const results = found.map((each) => subscriptionObject(each, catalogue.value, now))
  return ok(pageOf(said, asked, count, results))
}

async function partOf(
  said: Said,
  status: SubscriptionStatus,
  skip: number,
  wanted: number,
): Promise<Result<readonly SubscriptionAnswer[], Failure>> {
  const { placeAfter } = await counting()
  const { ports, now } = said.spoken
  const after = await placeAfter(ports.db, status, skip)
  const part = await ask<{ readonly data: readonly SubscriptionAnswer[] }>(said, {
    operationId: 'listSubscriptions',
    query: {
      status,
      pageSize: String(wanted),
      ...(after !== null && { cursor: encodeCursor('subscriptions', after, now) }),
    },
  })
  return part.ok ? ok(part.value.data) : part
}
