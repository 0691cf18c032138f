/**
 * Sending what is owed. Rows of D1 are the truth: whoever sends a message has moved its row on first, so nobody else
 * sends it meanwhile, and who dies over it leaves it to be sent again.
 */
import type { Instant } from '../../entitlements/instant.ts'
import type { Ports } from '../ports.ts'
import { queryBudget } from '../query-budget.ts'
import type { Environment } from '../route.ts'
import { receiverAddress } from './address.ts'
import type { WebhookRow } from './endpoints.ts'
import { fanOut } from './fan-out.ts'
import { noteSilence } from './listeners.ts'
import { type EventRow, signedMessage } from './message.ts'
import { claim, type Claimed, isAnybodyListening, type Owed, owedToEach } from './owed.ts'
import { record, type Sent } from './record.ts'
import { type Reception, send, unsent } from './send.ts'
import { type Slots, slotsOf } from './slots.ts'

/** What delivering needs. */
export interface Delivering {
  readonly ports: Ports
  readonly environment: Environment
}

/** How much of it. */
export interface Share {
  /** Nothing is begun later. */
  readonly until: Instant
  readonly sendsMax: number
  /** Who died between taking a message and noting what came of it would send it twice: it is begun only with enough left. */
  readonly queriesMax: number
  /** Whether endpoints that have failed before are tried: not behind every answer, or each would knock there once more. */
  readonly failingToo: boolean
}

/** How long a receiver has for its answer. */
const ANSWER_LIMIT_MS = 15_000

/** The platform lets six connections of one request wait for an answer, and D1 needs one of them. */
const SENT_AT_ONCE = 5
/** To one endpoint: a slow one leaves room for others. */
const SENT_TO_ONE = 3

/** What looking for what is due may take. */
const QUERIES_A_LOOK = 25
/** What messages that are sent together may take, from taking them to turning their endpoint off. */
const QUERIES_A_BATCH = 15

/** What is under way. */
interface Round extends Delivering, Share {
  readonly slots: Slots
  readonly queriesLeft: () => number
  sendsLeft: number
  /** How many batches have been begun and not noted. */
  begun: number
  /** Endpoints that have failed in this round, by id. */
  readonly failed: Set<string>
  /** Those of them that are left in peace for now. */
  readonly resting: Set<string>
}

/**
 * Sends what is due, endpoints side by side and those that have failed before after all others; then, where a message
 * has just failed and is soon due again, waits for that.
 */
export async function deliver(work: Delivering, share: Share): Promise<void> {
  const round = newRound(work, share)
  const { ports } = round
  const { clock } = ports
  if (!(await isAnybodyListening(ports))) return noteSilence(clock.now())
  while (isGoingOn(round, QUERIES_A_LOOK + QUERIES_A_BATCH)) {
    await fanOut(ports, clock.now())
    const owed = await owedToEach(ports)
    const now = clock.now()
    const willing = owed.filter((each) => isDue(each, now) && isWilling(round, each.endpoint))
    if (willing.length > 0) await sendAll(round, willing)
    else {
      const againAt = triedAgainAt(round, owed, now)
      if (againAt === null || againAt >= share.until) return
      round.resting.clear()
      await clock.wait(againAt - now, NEVER_STOPPED)
    }
  }
}

function newRound({ ports, environment }: Delivering, share: Share): Round {
  const slots = slotsOf(SENT_AT_ONCE)
  const { db, left } = queryBudget(ports.db, share.queriesMax)
  return {
    ...share,
    ports: { ...ports, db },
    environment,
    slots,
    queriesLeft: left,
    sendsLeft: share.sendsMax,
    begun: 0,
    failed: new Set(),
    resting: new Set(),
  }
}

/** Whether something that takes so many queries can still be begun, beside what others have begun. */
function isGoingOn({ ports, until, sendsLeft, queriesLeft, begun }: Round, queries: number) {
  return (
    sendsLeft > 0 && ports.clock.now() < until && queriesLeft() - begun * QUERIES_A_BATCH >= queries
  )
}

function isDue({ dueAt }: Owed, now: Instant): boolean {
  return dueAt !== null && dueAt <= now
}

function isWilling({ failingToo, failed, resting }: Round, endpoint: WebhookRow): boolean {
  const { id, failingSince } = endpoint
  return !resting.has(id) && (failingSince === null || failingToo || failed.has(id))
}

/** When what has failed in this round is due again first. */
function triedAgainAt({ failed }: Round, owed: readonly Owed[], now: Instant): Instant | null {
  const times = owed.flatMap(({ endpoint, dueAt }) =>
    failed.has(endpoint.id) && dueAt !== null && dueAt > now ? [dueAt] : [],
  )
  return times.length === 0 ? null : Math.min(...times)
}

const NEVER_STOPPED = new AbortController().signal

/** Sends one event to one endpoint, if its address is still one that requests are sent to. */
export async function sendEvent(
  { ports, environment }: Delivering,
  { url, secrets }: Pick<WebhookRow, 'url' | 'secrets'>,
  event: EventRow,
  limitMs: number,
): Promise<Reception> {
  const now = ports.clock.now()
  if (!receiverAddress(url, { environment, ownHost: null }).ok) return unsent(now)
  return send(ports, url, await signedMessage(event, secrets, now), limitMs)
}

async function sendAll(round: Round, owed: readonly Owed[]): Promise<void> {
  const endpoints = owed.map(({ endpoint }) => endpoint)
  const failing = endpoints.filter(({ failingSince }) => failingSince !== null)
  const others = endpoints.filter(({ failingSince }) => failingSince === null)
  await Promise.all(others.map((endpoint) => sendTo(round, endpoint, SENT_TO_ONE)))
  const inTurn = rotated(failing, round.ports.random.bytes(1)[0] ?? 0)
  await Promise.all(inTurn.map((endpoint) => sendTo(round, endpoint, 1)))
}

/** So that where time runs out before the last, it is not always the same who was not asked. */
function rotated<T>(items: readonly T[], turns: number): readonly T[] {
  const first = turns % Math.max(items.length, 1)
  return [...items.slice(first), ...items.slice(0, first)]
}

/**
 * Sends an endpoint what it is owed, until a message fails: then it is left in peace for this time.
 *
 * @param first How many messages go first; as soon as they are received, more go together.
 */
async function sendTo(round: Round, endpoint: WebhookRow, first: number): Promise<void> {
  const { slots } = round
  let most = first
  while (most > 0 && round.sendsLeft > 0) {
    const taken = await slots.take(Math.min(most, round.sendsLeft))
    try {
      const count = isGoingOn(round, QUERIES_A_BATCH) ? Math.min(taken, round.sendsLeft) : 0
      const goesOn = count > 0 && (await sendNext(round, endpoint, count))
      most = goesOn ? SENT_TO_ONE : 0
    } finally {
      slots.give(taken)
    }
  }
}

/** Sends what is due next; returns whether there may be more to send. */
async function sendNext(round: Round, endpoint: WebhookRow, count: number): Promise<boolean> {
  round.sendsLeft -= count
  round.begun += 1
  try {
    const claimed = await claim(round.ports, endpoint, count)
    if (claimed.length === 0) return false
    const sent = await Promise.all(claimed.map((each) => sendClaimed(round, endpoint, each)))
    await record(round.ports, endpoint, sent)
    const hasFailed = sent.some(({ reception }) => reception !== null && reception.failure !== null)
    if (!hasFailed) return true
    round.failed.add(endpoint.id)
    round.resting.add(endpoint.id)
    return false
  } finally {
    round.begun -= 1
  }
}

async function sendClaimed(round: Round, endpoint: WebhookRow, claimed: Claimed): Promise<Sent> {
  const { event } = claimed
  const reception = event === null ? null : await sendEvent(round, endpoint, event, ANSWER_LIMIT_MS)
  return { claimed, reception }
}
