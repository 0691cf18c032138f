/**
 * Publishing: getting what is applied into KV, where the edge reads it.
 *
 * What is pending is what storage says: a version that is newer than the last one put. A change and the duty to
 * publish it are therefore one commit, and a restart between commit and put loses nothing: the alarm, armed
 * before the put is tried, brings the object back.
 *
 * One put at a time, at most one a second, because KV refuses more and keeps no order between puts that overlap.
 */
import type { Instant } from '../entitlements/instant.ts'
import { customerKey, encodeSnapshot } from '../schema/snapshot.ts'
import { ringBy } from './bell.ts'
import { nowFor } from './draft.ts'
import { within } from './limit.ts'
import type { Memory, ObjectContext } from './memory.ts'
import { moveBetween, readingOf, type Move } from './moved.ts'
import { type Held, saveDone } from './storage.ts'

/** How long usage alone may wait before it is published. */
export const USAGE_WAIT_MS = 30_000
/** KV takes one write a second to a key. */
const PUT_GAP_MS = 1_000
/** How long a put may take before it counts as failed. */
const PUT_LIMIT_MS = 10_000
const BACKOFF_MAX_MS = 60_000

/** The text that readers get: the same from the object as from KV. Encoded once a version. */
export function snapshotText({ memory, ports }: ObjectContext, held: Held): string {
  if (memory.snapshot?.of !== held) {
    const { customer, lots, advancedTo } = held.state
    const text = encodeSnapshot({
      customer,
      lots,
      advancedTo,
      version: held.version,
      catalogueRevision: held.catalogue.revision,
      publishedAt: ports.clock.now(),
    })
    memory.snapshot = { of: held, text }
  }
  return memory.snapshot.text
}

/** Notes that KV is behind. */
export function owePublication({ publication }: Memory, urgent: boolean, now: Instant): void {
  publication.firstAt ??= now
  publication.urgent ||= urgent
}

/** When the next put is due; null when KV has everything. */
export function publishAt({ publication }: Memory): Instant | null {
  const { firstAt, urgent, putAt, inFlight, failures } = publication
  // A put that never ends, or an object that ends before it, is followed up by the alarm.
  if (inFlight !== null) return putAt + PUT_LIMIT_MS + PUT_GAP_MS
  if (firstAt === null) return null
  const gap = Math.min(PUT_GAP_MS * 2 ** failures, BACKOFF_MAX_MS)
  return Math.max(urgent ? firstAt : firstAt + USAGE_WAIT_MS, putAt + gap)
}

/** Puts what is applied into KV. Never throws: what fails stays pending. */
export function publish(context: ObjectContext): Promise<void> {
  const { publication, held } = context.memory
  if (held === null) return Promise.resolve()
  publication.inFlight ??= put(context, held).finally(() => {
    publication.inFlight = null
  })
  return publication.inFlight
}

/** How far a meter is from what KV says of it; a restart has forgotten that, and then nothing may wait. */
export function moveOf({ memory, ports }: ObjectContext, after: Held, featureId: string): Move {
  const { published, readings } = memory.publication
  if (published === null) return 'far'
  const now = nowFor(after, ports.clock.now())
  const before = readings.get(featureId) ?? readingOf(published, featureId, now)
  readings.set(featureId, before)
  return moveBetween(before, readingOf(after, featureId, now))
}

async function put(context: ObjectContext, held: Held): Promise<void> {
  const { memory, ports, storage } = context
  const { publication } = memory
  const { firstAt, urgent } = publication
  publication.putAt = ports.clock.now()
  // From here on a change is newer than the text that is being put, and is pending by itself.
  publication.firstAt = null
  publication.urgent = false
  const text = snapshotText(context, held)
  const key = customerKey(held.state.customer.id)
  try {
    const done = ports.snapshots.put(key, text)
    if ((await within(ports, PUT_LIMIT_MS, done)) === 'late') {
      // It may still arrive, over a newer one: whatever it comes to, put once more after it.
      void done.catch(() => undefined).then(() => oweAgain(context))
      throw new Error('KV did not answer in time')
    }
    publication.failures = 0
    publication.published = held
    publication.readings.clear()
    saveDone(storage.sql, 'publish', { version: held.version, at: ports.clock.now() })
  } catch {
    publication.failures += 1
    publication.firstAt = firstAt ?? ports.clock.now()
    publication.urgent = urgent
  }
  publication.putAt = ports.clock.now()
}

function oweAgain(context: ObjectContext): void {
  owePublication(context.memory, true, context.ports.clock.now())
  ringBy(context, publishAt(context.memory))
}
