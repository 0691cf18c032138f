/**
 * Everything the Worker reaches beyond its own memory. Each port is the part of a real binding that is used;
 * the binding is the only production implementation, so a test or a simulator replaces it without a seam of
 * its own.
 */
import type { CustomerCalls } from '../durable-objects/calls.ts'
import { hasTestClocks } from '../durable-objects/own-clock.ts'
import type { Instant } from '../entitlements/instant.ts'

export interface Ports {
  readonly clock: {
    /** Real time. Domain time is a customer's own clock where it has one. */
    readonly now: () => Instant
    /** Bounds how long another port may take, and parts those who try again; nothing is ever decided by it. */
    wait(ms: number, signal: AbortSignal): Promise<void>
    /** Calls `late` after a time, unless what it returns is called before. Does what `wait` does at a fifth of the cost. */
    readonly after: (ms: number, late: () => void) => () => void
  }
  readonly random: { uuid(): string; bytes(length: number): Uint8Array }
  readonly kv: Pick<KVNamespace, 'get' | 'getWithMetadata' | 'put' | 'delete'>
  readonly db: Pick<D1Database, 'prepare' | 'batch'>
  /** HTTP to others: payment providers, and whoever wants to hear of events. */
  readonly fetch: (request: Request) => Promise<Response>
  readonly secrets: Secrets
  /** Whether a customer's own clock is heeded. */
  readonly testClocks: boolean
  /** A new stub at every call: one that has thrown is not to be used again. */
  readonly customers: (id: string) => CustomerCalls
}

/** What an operator may set; each works without the others. */
export interface Secrets {
  /** Stated by wrangler.toml: grace where neither customer nor plan says otherwise. */
  readonly GRACE_DAYS?: string
  /** Both together turn Stripe on. */
  readonly STRIPE_SECRET_KEY?: string
  readonly STRIPE_WEBHOOK_SECRET?: string
  /** Where Stripe is reached instead of its own address; local development only. */
  readonly STRIPE_API_BASE?: string
  /** Turns `POST /webhooks/generic` on: a Standard Webhooks secret, `whsec_…`. */
  readonly GENERIC_WEBHOOK_SECRET?: string
  /** All three together let people in through Cloudflare Access: whom it calls a team, an application, and their roles. */
  readonly ACCESS_TEAM_DOMAIN?: string
  readonly ACCESS_AUD?: string
  /** JSON; a table of wrangler.toml comes as an object. */
  readonly ACCESS_ROLES?: string | object
}

/** The ports of a deployed Worker. */
export function portsFrom(env: Env & Secrets): Ports {
  const customers: DurableObjectNamespace = env.CUSTOMERS
  return {
    clock,
    random,
    kv: env.KV,
    db: env.DB,
    fetch: (request) => fetch(request),
    secrets: env,
    testClocks: hasTestClocks(env.ENVIRONMENT),
    // The class implements `CustomerCalls`; the platform's own derivation of its stub is too deep to compile.
    customers: (id) => customers.getByName(id) as DurableObjectStub & CustomerCalls,
  }
}

const clock = {
  now: () => Date.now(),
  wait: (ms: number, signal: AbortSignal) => scheduler.wait(ms, { signal }),
  after: (ms: number, late: () => void) => {
    const timer = setTimeout(late, ms)
    return () => clearTimeout(timer)
  },
}

const random = {
  uuid: () => crypto.randomUUID(),
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
}
