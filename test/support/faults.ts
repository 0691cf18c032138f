/** Stores that are slow, fail before or after they have done what they were told, never answer, or answer what was. */
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { type AskedOfD1, copyDatabase, faultyD1 } from './faulty-d1.ts'
import { hostile } from './hostile.ts'

/**
 * What can be struck. Of D1 also what writes alone, for only then does a request come as far as its commit; and with
 * its keys or without, for only without them does it come any further than asking who is calling.
 */
export const FAULTS = {
  everything: ['is slow'],
  KV: ['fails before', 'fails after', 'hangs', 'is stale', 'is empty'],
  D1: ['fails before', 'hangs', 'is stale'],
  'D1 with its keys': ['fails before', 'hangs'],
  'what D1 writes': ['fails before', 'fails after', 'hangs'],
  'the object': ['fails before', 'fails after', 'hangs', 'is overloaded', 'is stale'],
} as const

export type Struck = keyof typeof FAULTS
export type Fault = (typeof FAULTS)[Struck][number]

export interface Struckness {
  readonly bindings: Pick<Env, 'KV' | 'DB' | 'CUSTOMERS'>
  /** From here on D1 holds what it will go on to answer when it is stale. */
  readonly remember: () => Promise<void>
  readonly start: () => void
  readonly stop: () => void
}

/** How a limit passes while something hangs: so much faster than it says. */
const HURRY = 50
const SLOW_MS = 5

/** What a store might say of itself, and no caller may read. */
const INSIDES = 'Network connection lost: SELECT secret FROM customers at insides.ts:1:1'

/** Bindings, of the Worker and of its objects, of which one store shows the fault from `start` to `stop`. */
export function strike(struck: Struck, fault: Fault): Struckness {
  let isOn = false
  const at = (...stores: readonly Struck[]) => isOn && stores.includes(struck)
  const asked = <T>(isStruck: boolean, work: () => Promise<T>): Promise<T> =>
    isStruck ? suffer(fault, work) : work()
  const kv = faultyKv(
    fault,
    (work) => asked(at('KV', 'everything'), work),
    () => at('KV'),
  )
  const isStale = staleAtFirst(fault)
  const db = faultyD1((what, text, work) => {
    if (!at('everything', ...STRUCK_WITH[what])) return work(env.DB)
    return suffer(fault, () => work(what === 'read' && isStale(text) ? env.DB_BEFORE : env.DB))
  })
  const objects = faultyObjects(
    (work) => asked(at('the object', 'everything'), work),
    () => fault === 'is stale' && at('the object'),
  )
  hostile.object = (ports) => ({ ...ports, intent: db, snapshots: kv })
  return {
    bindings: { KV: kv, DB: db, CUSTOMERS: objects },
    remember: async () => {
      if (struck === 'D1' && fault === 'is stale') await copyDatabase()
    },
    start: () => {
      isOn = true
      if (fault === 'hangs') hurry()
    },
    stop: () => {
      isOn = false
      vi.restoreAllMocks()
    },
  }
}

/** What asking D1 falls with. */
const STRUCK_WITH: Readonly<Record<AskedOfD1, readonly Struck[]>> = {
  key: ['D1 with its keys'],
  read: ['D1', 'D1 with its keys'],
  write: ['D1', 'D1 with its keys', 'what D1 writes'],
}

/** Whoever asks the same thing twice hears what is: so a change that began from what was comes as far as its commit. */
function staleAtFirst(fault: Fault): (text: string) => boolean {
  const answered = new Set<string>()
  return (text) => {
    if (fault !== 'is stale' || answered.has(text)) return false
    answered.add(text)
    return true
  }
}

/** Limits are waits of the platform's scheduler and its timers, which the ports pass on: all of them pass sooner. */
function hurry(): void {
  const wait: unknown = Reflect.get(scheduler, 'wait')
  if (typeof wait !== 'function') throw new Error('a scheduler that cannot wait')
  const hurried = (ms: number, options?: SchedulerWaitOptions) =>
    Reflect.apply(wait, scheduler, [Math.ceil(ms / HURRY), options]) as Promise<void>
  vi.spyOn(scheduler, 'wait').mockImplementation(hurried)
  const set = globalThis.setTimeout
  const soon = (late: () => void, ms = 0) => set(late, Math.ceil(ms / HURRY))
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(soon)
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

/** What an object says without deciding anything: that can be said again later, as by one that has not heard. */
const TELLING = ['read', 'apply', 'tick', 'history', 'entries']

/** Remembers what each object said first: that is what a stale one says for ever. */
function faultyObjects(asked: Asked, isStale: () => boolean): Env['CUSTOMERS'] {
  const first = new Map<string, unknown>()
  const told = async (question: string, work: () => Promise<unknown>) => {
    if (isStale() && first.has(question)) return first.get(question)
    const answer = await work()
    if (!first.has(question)) first.set(question, answer)
    return answer
  }
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
              asked(() => {
                const work = async () => Reflect.apply(member, stub, values) as unknown
                const isTelling = TELLING.includes(String(method))
                return isTelling ? told(`${String(method)} ${customerId}`, work) : work()
              })
          },
        })
      }
    },
  })
}
