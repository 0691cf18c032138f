/**
 * One change of intent: its rows and its entry in `changes`, all or nothing.
 *
 * The entry is the compare-and-set. Of two changes that began from the same revision one finds its place taken, and
 * everything that it wrote falls with it.
 */
import type { Instant } from '../../entitlements/instant.ts'
import { err, type Result } from '../../entitlements/result.ts'
import { changes } from '../../schema/tables/changes.ts'
import { eventStatement, type NewEvent } from '../events/write.ts'
import type { Failure } from '../failures.ts'
import type { Ports } from '../ports.ts'
import type { Call } from '../route.ts'
import { database, isTaken, runBatch, type Statement } from './database.ts'
import { KeyTaken } from './idempotency.ts'

/** What committing needs of a call. */
export type Committing = Pick<Call, 'ports' | 'principal' | 'requestId' | 'now'>

export interface Change {
  /** What the compare-and-set is about: `catalogue`, `customer:{id}`, `key:{id}`, `portal:{nonce}`, `token:{id}` or
   * `settings:{name}`. */
  readonly subject: string
  /** Whom it concerns, where the subject does not say. */
  readonly customerId?: string
  /** The subject's revision that the change began from; 0 for the first. */
  readonly previous: number
  readonly revision: number
  /** What was done, as `{resource}.{verb}`. */
  readonly action: string
  /** What it was done to, as its path below `/v1/`. */
  readonly resource: string
  readonly before: object | null
  readonly after: object | null
  readonly statements: readonly Statement[]
  /** What happened by it, for whoever wants to hear of it. */
  readonly events?: readonly NewEvent[]
}

/** What each statement of a committed change has returned, in their order. */
export type Committed = readonly unknown[]

/**
 * How long a change that loses to others is tried again: every round has a winner, so a few dozen that were sent at the
 * same moment all find their turn. Below the longest that a request may take.
 */
const TRIES_MAX = 32
const TRYING_MS = 10_000

/** The longest wait before the second try. It doubles with each try, up to the other. */
const PAUSE_MS = 16
const PAUSE_MAX_MS = 512

const OF_CUSTOMER = 'customer:'

/** The largest state that the log keeps whole. */
const LOGGED_BYTES_MAX = 512 * 1024

/** The revision after `previous`: the time, or one more where the clock has not moved or has gone back. */
export function revisionAfter(previous: number, now: Instant): number {
  return Math.max(previous + 1, now)
}

/**
 * Commits a change; `lost` when another one came first, and then nothing was written.
 *
 * Throws `KeyTaken` when the call's idempotency key has been used meanwhile.
 */
export async function commit(call: Committing, change: Change): Promise<Committed | 'lost'> {
  const { db } = call.ports
  try {
    const told = eventsOf(call, change)
    const [, ...returned] = await runBatch(db, [
      entryOf(call, change),
      ...change.statements,
      ...told,
    ])
    return returned
  } catch (thrown) {
    if (isTaken(thrown, 'changes.subject, changes.previous')) return 'lost'
    if (isTaken(thrown, 'idempotency.key')) throw new KeyTaken()
    throw thrown
  }
}

/**
 * Reads, decides and commits again after losing, each time after a wait of random length, so that those who lost
 * together do not meet again. Whoever loses to the end may safely try later.
 */
export async function untilCommitted<T>(
  { ports }: Pick<Committing, 'ports'>,
  attempt: () => Promise<Result<T, Failure> | 'lost'>,
): Promise<Result<T, Failure>> {
  const startedAt = ports.clock.now()
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const outcome = await attempt()
    if (outcome !== 'lost') return outcome
    if (ports.clock.now() - startedAt >= TRYING_MS) break
    await ports.clock.wait(pauseAfter(tries, ports), NEVER_STOPPED)
  }
  return err({ code: 'unavailable' })
}

const NEVER_STOPPED = new AbortController().signal

function pauseAfter(tries: number, { random }: Pick<Ports, 'random'>): number {
  const longest = Math.min(PAUSE_MS * 2 ** tries, PAUSE_MAX_MS)
  const [high = 0, low = 0] = random.bytes(2)
  return ((high * 256 + low) / 65_536) * longest
}

/** The statement that inserts what happened by a change; none where nothing did. */
export function eventsOf(
  { ports, now }: Pick<Committing, 'ports' | 'now'>,
  { subject, revision, events = [] }: Pick<Change, 'subject' | 'revision' | 'events'>,
): readonly Statement[] {
  return events.length === 0
    ? []
    : [eventStatement(ports, events, `change:${subject}:${revision}`, now)]
}

/** The statement that puts a change into the log. */
export function entryOf(
  call: Committing,
  change: Omit<Change, 'statements' | 'events'>,
): Statement {
  return database(call.ports.db).insert(changes).values(entryRow(call, change))
}

/** A change as the log has it. */
export function entryRow(
  { principal, requestId, now }: Omit<Committing, 'ports'>,
  change: Omit<Change, 'statements' | 'events'>,
) {
  const { subject, customerId, previous, revision, action, resource, before, after } = change
  return {
    subject,
    previous,
    revision,
    actor: `${principal.kind}:${principal.id}`,
    action,
    resource,
    customerId: customerId ?? customerIn(subject),
    requestId,
    before: before && logged(before),
    after: after && logged(after),
    at: now,
  }
}

function customerIn(subject: string): string | null {
  return subject.startsWith(OF_CUSTOMER) ? subject.slice(OF_CUSTOMER.length) : null
}

/** What the log keeps of a state. D1 refuses rows above 2 MB, and a change must not fail for its log. */
function logged(state: object): string {
  const text = JSON.stringify(state)
  const bytes = new TextEncoder().encode(text).length
  return bytes > LOGGED_BYTES_MAX ? JSON.stringify({ omittedBytes: bytes }) : text
}
