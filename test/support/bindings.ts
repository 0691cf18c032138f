/** Bindings that count, fail, or lag behind: what the real ones do in production and never do here. */
import { env } from 'cloudflare:workers'

/** How often each binding was used. */
export interface Counts {
  kvGets: number
  kvPuts: number
  /** Keys that were put. */
  readonly put: string[]
  d1: number
  objects: number
  /** Calls of objects, as `method customer`. */
  readonly called: string[]
}

type Bindings = Pick<Env, 'KV' | 'DB' | 'CUSTOMERS'>

/** The real bindings, counted. */
export function counting(over: Partial<Bindings> = {}): { bindings: Bindings; counts: Counts } {
  const counts: Counts = { kvGets: 0, kvPuts: 0, put: [], d1: 0, objects: 0, called: [] }
  const { KV, DB, CUSTOMERS } = { ...env, ...over }
  return {
    counts,
    bindings: {
      KV: watched(KV, (method, [key]) => {
        if (method === 'get') counts.kvGets += 1
        if (method !== 'put') return
        counts.kvPuts += 1
        counts.put.push(String(key))
      }),
      DB: watched(DB, (method) => {
        if (method === 'prepare' || method === 'batch') counts.d1 += 1
      }),
      CUSTOMERS: calls(CUSTOMERS, (method, customerId) => {
        counts.objects += 1
        counts.called.push(`${method} ${customerId}`)
      }),
    },
  }
}

/** Bindings that refuse everything. */
export const down = {
  KV: refusing(env.KV),
  DB: watched(env.DB, (method) => {
    if (method !== 'constructor') throw new Error('D1_ERROR: Network connection lost.')
  }),
  CUSTOMERS: calls(env.CUSTOMERS, () => {
    throw new Error('Network connection lost.')
  }),
}

/** Objects that fail while `isDown` says so. */
export function flaky(isDown: (method: string, customerId: string) => boolean): Env['CUSTOMERS'] {
  return calls(env.CUSTOMERS, (method, customerId) => {
    if (isDown(method, customerId)) throw new Error('Network connection lost.')
  })
}

/**
 * KV as one location sees it: what was read, or found missing, is served for `cacheTtl` seconds of the clock,
 * whatever was put elsewhere meanwhile.
 */
export function laggingKv(now: () => number): KVNamespace {
  const copies = new Map<string, { readonly value: string | null; readonly until: number }>()
  const one = async (key: string, cacheTtl: number) => {
    const copy = copies.get(key)
    if (copy !== undefined && now() < copy.until) return copy.value
    const value = await env.KV.get(key)
    copies.set(key, { value, until: now() + cacheTtl * 1000 })
    return value
  }
  const get = async (keys: string | readonly string[], { cacheTtl = 60 } = {}) => {
    if (typeof keys === 'string') return one(keys, cacheTtl)
    const values = keys.map(async (key) => [key, await one(key, cacheTtl)] as const)
    return new Map(await Promise.all(values))
  }
  return new Proxy(env.KV, {
    get: (target, name) => (name === 'get' ? get : bound(target, name)),
  })
}

function refusing<T extends object>(target: T): T {
  return new Proxy(target, {
    get: () => () => Promise.reject(new Error('503 Service Unavailable')),
  })
}

/** The object, with every call of a method of it shown before it is made. */
export function watched<T extends object>(
  target: T,
  watch: (method: string, values: readonly unknown[]) => void,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member = bound(target, name)
      if (typeof member !== 'function') return member
      return (...values: unknown[]) => {
        watch(String(name), values)
        return Reflect.apply(member, undefined, values) as unknown
      }
    },
  })
}

function calls(
  namespace: Env['CUSTOMERS'],
  watch: (method: string, customerId: string) => void,
): Env['CUSTOMERS'] {
  return new Proxy(namespace, {
    get: (_, name) => {
      if (name !== 'getByName') return bound(namespace, name)
      return (customerId: string) =>
        watched(namespace.getByName(customerId), (method) => watch(method, customerId))
    },
  })
}

/** A member that keeps its object. Not `bind`: to a stub that is the name of a remote method. */
function bound(target: object, name: PropertyKey): unknown {
  const member: unknown = Reflect.get(target, name)
  if (typeof member !== 'function') return member
  return (...values: unknown[]) => Reflect.apply(member, target, values) as unknown
}
