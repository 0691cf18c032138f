/**
 * Telling whoever listens what has changed.
 *
 * A commit only notes that there is something to tell: what it is, is worked out a little later, once for all sockets and
 * at most four times a second, from whatever is applied by then. So a burst becomes one message, the newest state comes
 * last, and no use of a meter waits for a listener. Nothing of it has to survive: a message that is lost has lost its
 * socket too, and whoever comes back says what it has seen.
 */
import { accessTo, changesAt, evaluate } from '../entitlements/evaluate.ts'
import { earliest, type Instant } from '../entitlements/instant.ts'
import { entitlementAnswer } from '../schema/answer.ts'
import { hintFor } from '../schema/hint.ts'
import { instantText } from '../schema/instant-text.ts'
import { ringBy } from './bell.ts'
import type { Seen } from './calls.ts'
import { nowFor } from './draft.ts'
import type { ObjectContext } from './memory.ts'
import {
  attach,
  firstEnd,
  letGo,
  type Listener,
  listenerOf,
  sendTo,
  socketsOf,
  type Told,
} from './sockets.ts'
import type { Held } from './storage.ts'

/** How far messages of one socket are apart. */
const GAP_MS = 250

/** Every entitlement of a state, written out once for all sockets. */
export interface WrittenOut {
  readonly of: Held
  /** By feature, in the catalogue's order. */
  readonly texts: ReadonlyMap<string, string>
  /** When time alone will have changed one of them; null: never. */
  readonly until: Instant | null
}

/** Notes that there is something to tell. Costs nothing where nobody listens. */
export function oweTelling(context: ObjectContext): void {
  const { memory, ports } = context
  const { stream } = memory
  if (stream.isOwed || socketsOf(context).size === 0) return
  stream.isOwed = true
  const wait = stream.toldAt + GAP_MS - ports.clock.now()
  setTimeout(() => tellSafely(context), Math.min(Math.max(wait, 0), GAP_MS))
}

/** Tells each socket what it has not heard yet; those that have heard everything hear nothing. */
export function tellAll(context: ObjectContext): void {
  const { memory, ports } = context
  const { stream, held } = memory
  stream.isOwed = false
  if (held === null) return
  const now = ports.clock.now()
  stream.toldAt = now
  for (const socket of socketsOf(context)) {
    if (memory.archived) letGo(context, socket, 'archived')
    else tell(context, held, socket, now)
  }
  ringBy(context, streamAt(context))
}

/** Tells one socket what it has not heard yet. */
export function tell(context: ObjectContext, held: Held, socket: WebSocket, now: Instant): void {
  const { stream } = context.memory
  const listener = listenerOf(socket)
  if (listener.endsAt <= now) return letGo(context, socket, 'expired')
  const written = writtenOut(context, held, now)
  const known = stream.sent.get(socket) ?? null
  stream.sent.set(socket, written.texts)
  if (!isNews(held, listener.told, now)) return
  const { version, catalogue } = held
  attach(socket, {
    ...listener,
    told: { version, revision: catalogue.revision, until: written.until },
  })
  sendTo(context, socket, messageText(held, now, known === null, news(written, known, listener)))
}

/** When the object has to be awake for its sockets: an ending of theirs, a boundary in time, a look at the catalogue. */
export function streamAt(context: ObjectContext): Instant | null {
  const { stream, held } = context.memory
  if (socketsOf(context).size === 0) return null
  const boundary = held === null ? null : inRealTime(held, stream.written?.until ?? null)
  return earliest(stream.lookAt, boundary, firstEnd(context))
}

/** What happens here must not reach whoever made the change: nobody waits for it. */
function tellSafely(context: ObjectContext): void {
  try {
    tellAll(context)
  } catch (error) {
    context.memory.stream.isOwed = false
    console.error('stream', error instanceof Error ? error.message : 'failed')
  }
}

/** Whether who has seen so much has not seen everything: something was written since, or time has changed what holds. */
function isNews(held: Held, told: Told | null, now: Instant): boolean {
  if (told === null || told.version !== held.version) return true
  if (told.revision !== held.catalogue.revision) return true
  return told.until !== null && told.until <= nowFor(held, now)
}

/** What somebody knows who says what it has seen; null: not what is held, whatever it was. */
export function toldBefore(held: Held, seen: Seen | null): Told | null {
  const { state, catalogue, version } = held
  if (seen?.version !== version || seen.revision !== catalogue.revision) return null
  const at = nowFor(held, seen.asOf)
  let until: Instant | null = null
  for (const featureId of catalogue.features.keys()) {
    until = earliest(until, changesAt(evaluate(state, catalogue, featureId, at), at))
  }
  return { version, revision: catalogue.revision, until }
}

function writtenOut({ memory }: ObjectContext, held: Held, realNow: Instant): WrittenOut {
  const { stream } = memory
  const now = nowFor(held, realNow)
  const known = stream.written
  if (known?.of === held && (known.until === null || now < known.until)) return known
  const written = writeOut(held, now)
  stream.written = written
  return written
}

function writeOut(held: Held, now: Instant): WrittenOut {
  const { state, catalogue } = held
  const customerId = state.customer.id
  const texts = new Map<string, string>()
  let until: Instant | null = null
  for (const featureId of catalogue.features.keys()) {
    const evaluation = evaluate(state, catalogue, featureId, now)
    const { entitlement } = evaluation
    const access = accessTo(entitlement, 1, now)
    const hint = access.hasAccess ? null : hintFor(entitlement, catalogue)
    texts.set(
      featureId,
      JSON.stringify(entitlementAnswer({ customerId, entitlement, access, hint })),
    )
    until = earliest(until, changesAt(evaluation, now))
  }
  return { of: held, texts, until }
}

/** What a listener may hear of and was not sent as it is now. */
function news(
  { texts }: WrittenOut,
  known: ReadonlyMap<string, string> | null,
  { featureIds }: Listener,
): readonly string[] {
  const changed: string[] = []
  for (const [featureId, text] of texts) {
    if (known?.get(featureId) === text) continue
    if (featureIds === null || featureIds.includes(featureId)) changed.push(text)
  }
  return changed
}

/** As `schema/calls.ts` describes it. */
function messageText(
  { version, catalogue }: Held,
  now: Instant,
  complete: boolean,
  entitlements: readonly string[],
): string {
  return (
    `{"version":${version},"revision":${catalogue.revision},"asOf":"${instantText(now)}",` +
    `"complete":${complete},"entitlements":[${entitlements.join(',')}]}`
  )
}

/** A customer's own clock does not run by itself. */
function inRealTime({ state }: Held, at: Instant | null): Instant | null {
  return state.customer.clockAt === null ? at : null
}
