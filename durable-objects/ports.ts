/**
 * Everything a customer object reaches beyond its own storage. Each port is the part of a real binding that is
 * used; the binding is the only production implementation, so that a test or a simulator can stand in for it.
 */
import { exports } from 'cloudflare:workers'
import type { Instant } from '../entitlements/instant.ts'
import { hasTestClocks } from './own-clock.ts'

export interface ObjectPorts {
  readonly clock: {
    /** Real time. Domain time is the customer's own clock where it has one. */
    now(): Instant
    /** Bounds how long another port may take; nothing is ever decided by it. Rejects when `signal` aborts. */
    wait(ms: number, signal: AbortSignal): Promise<void>
  }
  readonly random: { bytes(length: number): Uint8Array }
  /** What was decided about the customer: D1, read from the primary. */
  readonly intent: Pick<D1Database, 'prepare' | 'batch'>
  /** Where snapshots are published: KV. This object is the only writer of its customer's key. */
  readonly snapshots: Pick<KVNamespace, 'put'>
  /** Whether a customer's own clock is heeded. */
  readonly testClocks: boolean
  /** Has the events that D1 knows of sent to whoever listens. */
  readonly passOn: () => Promise<void>
}

/** The ports of a deployed object. */
export function portsFrom(env: Env): ObjectPorts {
  const testClocks = hasTestClocks(env.ENVIRONMENT)
  return { clock, random, intent: env.DB, snapshots: env.KV, testClocks, passOn }
}

const clock = {
  now: () => Date.now(),
  wait: (ms: number, signal: AbortSignal) => scheduler.wait(ms, { signal }),
}

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }

const passOn = async () => exports.Messenger.passOn()
