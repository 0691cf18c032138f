/** Stores that are slow, fail before or after they have done what they were told, never answer, or answer what was. */
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { hostile } from './hostile.ts'

/** What can be struck. Of D1 also what writes alone: only then does a request come as far as its commit. */
export const FAULTS = {
  everything: ['is slow'],
  KV: ['fails before', 'hangs', 'is stale', 'is empty'],
  D1: ['fails before', 'hangs'],
  'what D1 writes': ['fails before', 'fails after', 'hangs'],
  'the object': ['fails before', 'fails after', 'hangs', 'is overloaded'],
} as const

export type Struck = keyof typeof FAULTS
export type Fault = (typeof FAULTS)[Struck][number]

export interface Struckness {
  readonly bindings: Pick<Env, 'KV' | 'DB' | 'CUSTOMERS'>
  readonly start: () => void
  readonly stop: () => void
}

/** How a limit passes while something hangs: so much faster than it says. */
const HURRY = 40
const SLOW_MS = 15

/** What a store might say of itself, and no caller may read. */
const INSIDES = 'Network connection lost: SELECT secret FROM customers at insides.ts:1:1'

/** Bindings, of the Worker and of its objects, of which one store shows the fault from `start` to `stop`. */
export function strike(struck: Struck, fault: Fault): Struckness {
  let isOn = false
  const at = (store: Struck) => (struck === store || struck === 'everything') && isOn
  const asked = <T>(isStruck: boolean, work: () => Promise<T>): Promise<T> =>
    isStruck ? suffer(fault, work) : work()
  const kv = faultyKv(
    fault,
    (work) => asked(at('KV'), work),
    () => at('KV'),
  )
  const db = faultyD1((writes, work) => asked(at('D1') || (writes && at('what D1 writes')), work))
  const objects = faultyObjects((work) => asked(at('the object'), work))
  hostile.object = (ports) => ({ ...ports, intent: db, snapshots: kv })
  const wait: unknown = Reflect.get(scheduler, 'wait')
  if (typeof wait !== 'function') throw new Error('a scheduler that cannot wait')
  return {
    bindings: { KV: kv, DB: db, CUSTOMERS: objects },
    start: () => {
      isOn = true
      if (fault !== 'hangs') return
      const hurried = (ms: number, options?: SchedulerWaitOptions) =>
        Reflect.apply(wait, scheduler, [Math.ceil(ms / HURRY), options]) as Promise<void>
      vi.spyOn(scheduler, 'wait').mockImplementation(hurried)
    },
    stop: () => {
      isOn = false
      vi.restoreAllMocks()
    },
  }
}

async function suffer<T>(fault: Fault, work: () => Promise<T>): Promise<T> {
  switch (fault) {
    case 'is slow':
      await scheduler.wait(SLOW_MS)
      return work()
    case 'fails before':
      throw new Error(INSIDES)
    case 'fails after':
      await work()
      throw new Error(INSIDES)
    case 'hangs':
      return new Promise(() => {})
    case 'is overloaded':
      throw Object.assign(new Error(INSIDES), { overloaded: true })
    case 'is stale':
    case 'is empty':
      return work()
  }
}

type Asked = <T>(work: () => Promise<T>) => Promise<T>

/** Remembers what each key held first: that is what a stale copy says for ever. */
function faultyKv(fault: Fault, asked: Asked, isStruck: () => boolean): KVNamespace {
  const first = new Map<string, unknown>()
  const reading: unknown = Reflect.get(env.KV, 'get')
  if (typeof reading !== 'function') throw new Error('a KV that cannot be read')
  const read = async (key: string, ...rest: unknown[]) => {
    const value: unknown = await Reflect.apply(reading, env.KV, [key, ...rest])
    if (value !== null && !first.has(key)) first.set(key, value)
    if (!isStruck()) return value
    if (fault === 'is empty') return null
    return fault === 'is stale' ? (first.get(key) ?? null) : value
  }
  const get = async (keys: string | readonly string[], ...rest: unknown[]) => {
    if (typeof keys === 'string') return asked(() => read(keys, ...rest))
    return asked(async () => {
      const values = keys.map(async (key) => [key, await read(key, ...rest)] as const)
      return new Map(await Promise.all(values))
    })
  }
  return new Proxy(env.KV, {
    get: (_, name) => {
      if (name === 'get') return get
      const member: unknown = Reflect.get(env.KV, name)
      if (typeof member !== 'function') return member
      return (...values: unknown[]) =>
        asked(async () => Reflect.apply(member, env.KV, values) as unknown)
    },
  })
}

/** Who is calling is always known: what is struck is what the call does. */
const AUTHENTICATION = /FROM keys WHERE hash|UPDATE keys SET last_used_at/

function faultyD1(asked: <T>(writes: boolean, work: () => Promise<T>) => Promise<T>): D1Database {
  const struck = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    if (AUTHENTICATION.test(sql)) return statement
    const bind = statement.bind.bind(statement)
    const running = ['all', 'run', 'first', 'raw'] as const
    const writes = !/^\s*select/i.test(sql)
    const methods = running.map((name) => {
      const method: unknown = Reflect.get(statement, name)
      if (typeof method !== 'function') throw new Error(`a statement without ${name}`)
      const work = (...values: unknown[]) =>
        asked(writes, async () => Reflect.apply(method, statement, values) as unknown)
      return [name, work]
    })
    // In place, because a batch wants statements of D1's own.
    return Object.assign(statement, {
      ...Object.fromEntries(methods),
      bind: (...values: unknown[]) => struck(bind(...values), sql),
    })
  }
  return new Proxy(env.DB, {
    get: (_, name) => {
      if (name === 'prepare') return (sql: string) => struck(env.DB.prepare(sql), sql)
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) => asked(true, () => env.DB.batch(statements))
      return Reflect.get(env.DB, name) as unknown
    },
  })
}

function faultyObjects(asked: Asked): Env['CUSTOMERS'] {
  return new Proxy(env.CUSTOMERS, {
    get: (_, name) => {
      if (name !== 'getByName') throw new Error(`nobody asks the namespace for ${String(name)}`)
      return (customerId: string) => {
        const stub = env.CUSTOMERS.getByName(customerId)
        return new Proxy(stub, {
          get: (_stub, method) => {
            const member: unknown = Reflect.get(stub, method)
            if (typeof member !== 'function') return member
            return (...values: unknown[]) =>
              asked(async () => Reflect.apply(member, stub, values) as unknown)
          },
        })
      }
    },
  })
}
