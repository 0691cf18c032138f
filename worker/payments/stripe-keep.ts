/**
 * Keeping a subscription and Stripe's the same, from both sides. What was decided here is told first; then Stripe is
 * asked how things are, and ours becomes that.
 *
 * A reading counts only as long as nothing has been decided since it was begun: what was decided is told, and read anew.
 */
import { and, eq, type SQL } from 'drizzle-orm'
import type Stripe from 'stripe'
import { DAY_MS } from '../../entitlements/instant.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import { subscriptions } from '../../schema/tables/customers.ts'
import {
  changeCustomer,
  type CustomerDecision,
  type CustomerDraft,
  readCustomer,
} from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { readHolder } from '../change/holder.ts'
import { becoming, readSubscription, type Subscribing, unchanged } from '../change/subscriptions.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import type { Failure } from '../failures.ts'
import { onceTold, withHearing } from './apply.ts'
import { heardBefore, type Heard } from './heard.ts'
import { againAt } from './patience.ts'
import { asked, type Reaching, STRIPE, type StripeFailure, Unsellable } from './stripe-client.ts'
import type { Billed, PaidOnce } from './stripe-facts.ts'
import { type Followed, follow, type Scope } from './stripe-follow.ts'
import { type Sold, priceFor } from './stripe-prices.ts'
import { bring } from './stripe-push.ts'
import { readBilled } from './stripe-read.ts'

/** What keeping in step needs of a call. */
export type Stepping = Subscribing & Reaching

/** What became of a subscription: `unknown` where Stripe knows nothing by its reference. */
export type Kept = 'applied' | 'no_effect' | 'unknown'

export type KeepFailure = StripeFailure | Failure

/** More rounds than decisions come between a reading and its effect. */
const ROUNDS_MAX = 4

/**
 * Brings a subscription and Stripe's into step.
 *
 * @param event What told that something has changed; it is written down with its effect. Null: nobody did.
 */
export async function keepInStep(
  call: Stepping,
  stripe: Stripe,
  subscriptionId: string,
  event: Heard | null,
): Promise<Result<Kept, KeepFailure>> {
  let kept: Result<Kept, KeepFailure> | null = null
  try {
    kept = await inRounds(call, stripe, subscriptionId, event)
    return kept
  } finally {
    // Also what throws: it must not come first at every tick.
    if (kept === null || !kept.ok) await postpone(call, subscriptionId, isForGood(kept))
  }
}

async function inRounds(
  call: Stepping,
  stripe: Stripe,
  subscriptionId: string,
  event: Heard | null,
): Promise<Result<Kept, KeepFailure>> {
  let kept: Kept = 'no_effect'
  for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    const row = await readSubscription(call, subscriptionId)
    if (row === null || !isBilledByStripe(row)) return ok(kept)
    const told = isAhead(row) ? await tellStripe(call, stripe, row) : null
    if (told?.ok === true) continue
    if (told?.error.retryable === true) return told
    const billed = await readBilled(stripe, row.providerReference)
    if (!billed.ok) return billed.error.isMissing ? ok(await forget(call, row)) : billed
    const scope = told === null ? 'everything' : 'money'
    const round = await becomeAs(call, { row, billed: billed.value, scope }, event)
    if (!round.ok) return round
    if (round.value === 'moved') continue
    if (round.value.kept === 'applied') kept = 'applied'
    if (told !== null) {
      await leaveUntold(call, row, told.error)
      return ok(kept)
    }
    if (await isSettled(call, round.value, billed.value)) return ok(kept)
  }
  return err({ code: 'unavailable' })
}

interface BilledRow extends SubscriptionRow {
  readonly providerReference: string
}

function isBilledByStripe(row: SubscriptionRow): row is BilledRow {
  return row.providerName === STRIPE && row.providerReference !== null
}

/** Whether something was decided here that Stripe has not been told. Two that were never compared: Stripe is right. */
function isAhead({ providerRevision, revision }: SubscriptionRow): boolean {
  return providerRevision !== null && revision > providerRevision
}

/** Whether the same request will fail again; a failure of ours, or one that was thrown, need not. */
function isForGood(kept: Result<Kept, KeepFailure> | null): boolean {
  return kept?.ok === false && 'retryable' in kept.error && !kept.error.retryable
}

/** What Stripe refuses for good is tried again now and then: somebody may have put it right. */
async function leaveUntold(
  call: Stepping,
  { id }: BilledRow,
  { because }: StripeFailure,
): Promise<void> {
  console.error({ stripe: 'refused what was decided', subscriptionId: id, because })
  await postpone(call, id, true)
}

/** Makes Stripe's subscription what ours is. */
async function tellStripe(
  call: Stepping,
  stripe: Stripe,
  row: BilledRow,
): Promise<Result<null, StripeFailure>> {
  const customer = await readCustomer(call, row.customerId)
  const told = await asked(() =>
    bring(stripe, {
      id: row.id,
      reference: row.providerReference,
      subscription: subscriptionOf(row),
      now: customer?.clockAt ?? call.now,
      priceOf: async ({ planId, chargePeriod }, currency) =>
        priceFor(stripe, await soldAs(call, planId, { chargePeriod, currency })),
    }),
  )
  if (!told.ok) return told
  await note(call, row, { providerRevision: row.revision })
  return ok(null)
}

/** What Stripe has said of a row as it was when it was asked. */
interface Reading {
  readonly row: BilledRow
  readonly billed: Billed | PaidOnce
  readonly scope: Scope
}

/** A row as a round has left it. */
interface Round {
  readonly kept: Kept
  readonly id: string
  readonly revision: number
  readonly isEnded: boolean
}

/** Makes ours what Stripe says; `moved` where something else was decided since Stripe was asked. */
async function becomeAs(
  call: Stepping,
  reading: Reading,
  event: Heard | null,
): Promise<Result<Round | 'moved', Failure>> {
  const { id, customerId, revision } = reading.row
  let round: Round | 'moved' = 'moved'
  const decide = async (draft: CustomerDraft): Promise<Result<CustomerDecision, Failure>> => {
    const [holder, row, earlier] = await Promise.all([
      readHolder(call, customerId, draft),
      readSubscription(call, id),
      event && heardBefore(call, event),
    ])
    if (!holder.ok) return holder
    round = 'moved'
    if (row?.revision !== revision) return ok(unchanged(reading.row, draft.now))
    const followed = follow(holder.value, row, reading.billed, reading.scope)
    report(row, reading.billed, followed)
    const next = withMark(followed.row, row, event)
    const subject = { holder: holder.value, row, revision: draft.revision }
    const action = followed.acts.at(-1) ?? 'renew'
    const decision = becoming(call, subject, { ...followed, action, row: next }, event?.id)
    const isApplied = decision.change !== undefined
    const kept = isApplied ? 'applied' : 'no_effect'
    const isEnded = next.endedAt !== null
    round = { kept, id, revision: isApplied ? draft.revision : revision, isEnded }
    if (event === null || earlier !== null) return ok(decision)
    const what = { customerId, subscriptionId: id, outcome: kept } as const
    return ok(await withHearing(call, event, decision, what))
  }
  const work = () => changeCustomer(call, customerId, decide)
  const outcome = await (event === null ? work() : onceTold(call, event, work))
  return outcome.ok ? ok(round) : outcome
}

/** When the newest word of Stripe was spoken that had an effect. */
function withMark(
  next: SubscriptionRow,
  row: SubscriptionRow,
  event: Heard | null,
): SubscriptionRow {
  if (event === null || JSON.stringify(next) === JSON.stringify(row)) return next
  const providerEventAt = Math.max(row.providerEventAt ?? 0, event.occurredAt)
  return { ...next, providerEventAt }
}

/**
 * Notes that the two are the same, and when to look again. They are not yet where ours has ended by what Stripe says and
 * Stripe still bills it: that is left to be told.
 */
async function isSettled(
  call: Stepping,
  round: Round,
  billed: Billed | PaidOnce,
): Promise<boolean> {
  const isOver = !('standing' in billed) || billed.standing === 'over'
  if (round.isEnded && !isOver) {
    await note(call, round, { providerRevision: round.revision - 1 })
    return false
  }
  const providerDueAt = isOver ? null : call.now + DAY_MS
  await note(call, round, { providerRevision: round.revision, providerDueAt })
  return true
}

/** Stripe knows nothing of it: there is nothing to ask any more until something is decided here. */
async function forget(call: Stepping, row: BilledRow): Promise<Kept> {
  await note(call, row, { providerRevision: row.revision, providerDueAt: null })
  console.error({ stripe: 'unknown reference', subscriptionId: row.id })
  return 'unknown'
}

type Noted = Partial<Pick<SubscriptionRow, 'providerRevision' | 'providerDueAt'>>

/** Notes it for the row as it was read; of one that has been decided about since it would be untrue. */
function note(
  call: Pick<Stepping, 'ports'>,
  { id, revision }: Pick<SubscriptionRow, 'id' | 'revision'>,
  noted: Noted,
) {
  return write(call, noted, and(eq(subscriptions.id, id), eq(subscriptions.revision, revision)))
}

/** What is refused for good waits twice as long each time: a revision is the time of the decision that is refused. */
async function postpone(
  call: Pick<Stepping, 'ports' | 'now'>,
  id: string,
  isForGood: boolean,
): Promise<void> {
  const decidedAt = isForGood ? (await readSubscription(call, id))?.revision : undefined
  const providerDueAt = againAt(call.now, decidedAt ?? call.now)
  await write(call, { providerDueAt }, eq(subscriptions.id, id))
}

async function write(
  { ports }: Pick<Stepping, 'ports'>,
  noted: Noted,
  which: SQL | undefined,
): Promise<void> {
  await database(ports.db).update(subscriptions).set(noted).where(which)
}

/** What a plan costs in a currency; where it has no price in that one, in any. */
async function soldAs(
  { ports }: Pick<Stepping, 'ports'>,
  planId: string,
  { chargePeriod, currency }: { readonly chargePeriod: string | null; readonly currency: string },
): Promise<Sold> {
  const plan = await database(ports.db)
    .select({ id: plans.id, name: plans.name, prices: plans.prices })
    .from(plans)
    .where(eq(plans.id, planId))
    .get()
  const offered = plan?.prices.filter((price) => price.chargePeriod === chargePeriod) ?? []
  const price = offered.find((each) => each.currency.toLowerCase() === currency) ?? offered[0]
  if (plan === undefined || price === undefined)
    throw new Unsellable(`plan '${planId}' has no price to be billed ${String(chargePeriod)}`)
  return { plan, price }
}

/** What operators may want to look into: nobody here can have it, or knows what it means. */
function report(row: SubscriptionRow, billed: Billed | PaidOnce, { refused }: Followed): void {
  const isUnclear = 'standing' in billed && billed.standing === 'unclear'
  if (refused.length === 0 && !isUnclear) return
  console.error({
    stripe: isUnclear ? 'unclear status' : 'not followed',
    subscriptionId: row.id,
    refused,
  })
}
