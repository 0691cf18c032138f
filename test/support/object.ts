/** One customer object as tests call it, and what they look at inside. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type {
  ConsumeRequest,
  ConsumeResult,
  CustomerCalls,
  Floor,
  ReportRequest,
  ResetRequest,
  UseAnswer,
} from '../../durable-objects/calls.ts'
import { type Decided, readDecided } from '../../durable-objects/decided.ts'
import type { ObjectPorts } from '../../durable-objects/ports.ts'
import { decodeSnapshot, type Snapshot } from '../../schema/snapshot.ts'
import { hostile } from './hostile.ts'
import { METER } from './world.ts'

export const NO_FLOOR: Floor = { revision: 0, version: 0, catalogueRevision: 0 }

export const READ = { fresh: false, republish: false, atLeast: NO_FLOOR }

const USE = {
  featureId: METER,
  actor: { kind: 'key', id: 'key_test' },
  requestId: 'req_test',
  idempotencyKey: null,
  fingerprint: 'body',
  atLeast: NO_FLOOR,
} as const

export const consumption = (fields: Partial<ConsumeRequest> = {}): ConsumeRequest => ({
  ...USE,
  quantity: 1,
  ...fields,
})

export const usage = (fields: Partial<ReportRequest> = {}): ReportRequest => ({
  ...USE,
  behaviour: 'delta',
  value: 1,
  occurredAt: null,
  enforce: false,
  ...fields,
})

export const resetting = (fields: Partial<ResetRequest> = {}): ResetRequest => ({
  ...USE,
  reason: null,
  ...fields,
})

/** The object as the Worker calls it, and as something to evict, ring and look into. */
export function objectOf(customerId: string): DurableObjectStub & CustomerCalls {
  // Inferring what RPC makes of `Json`, which contains itself, is beyond the compiler.
  const customers: DurableObjectNamespace = env.CUSTOMERS
  return customers.getByName(customerId) as DurableObjectStub & CustomerCalls
}

/** An answer with what was decided as values beside it, where it was. */
export function readAnswer<T>(answer: UseAnswer<T>): UseAnswer<T> & Partial<Decided<T>> {
  return answer.status === 'done' ? { ...answer, ...readDecided(answer.decided) } : answer
}

/** The result of a use; fails the test when the use failed. */
export function resultOf<T>(answer: UseAnswer<T>): T {
  if (answer.status !== 'done') throw new Error(`the use failed: ${answer.failure.code}`)
  return readDecided(answer.decided).result
}

export const wasConsumed = (answer: UseAnswer<ConsumeResult>): boolean => resultOf(answer).consumed

/** Rows of the object's own database. */
export function rowsOf(
  customerId: string,
  sql: string,
  ...bindings: SqlStorageValue[]
): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(objectOf(customerId), (_, state) =>
    state.storage.sql.exec(sql, ...bindings).toArray(),
  )
}

/** What the object holds, as its readers see it. */
export async function heldBy(customerId: string): Promise<Snapshot> {
  const answer = await objectOf(customerId).read(READ)
  if (answer.status !== 'found') throw new Error(`the object answered ${answer.status}`)
  const snapshot = decodeSnapshot(answer.snapshot)
  if (snapshot === null) throw new Error('the snapshot cannot be read')
  return snapshot
}

/** What KV holds of the customer; null when it holds nothing. */
export async function publishedOf(customerId: string): Promise<Snapshot | null> {
  const text = await env.KV.get(`customer:${customerId}`)
  return text === null ? null : decodeSnapshot(text)
}

/** Makes every call to D1 fail. */
export const withoutD1 = (ports: ObjectPorts): ObjectPorts => ({
  ...ports,
  intent: {
    prepare: (query) => failing(ports.intent.prepare(query)),
    batch: () => Promise.reject(new Error('D1 is down')),
  },
})

/** The statement, but for running it. */
function failing(statement: D1PreparedStatement): D1PreparedStatement {
  return new Proxy(statement, {
    get: (target, name) => {
      if (name === 'bind') return (...values: unknown[]) => failing(target.bind(...values))
      return () => Promise.reject(new Error('D1 is down'))
    },
  })
}

/** Makes every object reach its surroundings through these. */
export function surround(...wraps: ((ports: ObjectPorts) => ObjectPorts)[]): void {
  hostile.object = (ports) => wraps.reduce((wrapped, wrap) => wrap(wrapped), ports)
}

/** Holds the clock at an instant; alarms go on by real time and are rung by the test. */
export function holdClock(at: string | number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(at) })
}

/** An id that no other test uses, so that what an earlier test left under way cannot reach this one. */
export const newCustomerId = (): string => `customer-${crypto.randomUUID()}`
