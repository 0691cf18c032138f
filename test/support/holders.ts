/** Holders of customer tokens, in a world of two customers on one plan. */
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { forgetKept } from '../../worker/kept.ts'
import { forgetSecrets } from '../../worker/signing.ts'
import { forgetTokens } from '../../worker/tokens.ts'
import { edge, type Edge } from './edge.ts'
import { fresh } from './fresh.ts'
import { expectOk, manager, type Manager, openTiers } from './manager.ts'

export interface Issuer {
  readonly api: Manager
  /** A new token. */
  readonly mint: (input?: object, customerId?: string) => Promise<string>
  /** Whoever holds a new token of `acme`. */
  readonly holder: (input?: object) => Promise<Edge>
}

/** Makes the world, and whoever gives out tokens in it. */
export async function openIssuer(): Promise<Issuer> {
  await fresh()
  const api = await manager()
  await openTiers(api)
  for (const id of ['acme', 'other']) {
    await expectOk(api.put(`/v1/customers/${id}`, {}))
    await expectOk(api.post(`/v1/customers/${id}/subscriptions`, { planId: 'starter' }))
  }
  const mint = async (input: object = {}, customerId = 'acme') => {
    const { body } = await expectOk(api.post(`/v1/customers/${customerId}/tokens`, input))
    return String(body['token'])
  }
  return { api, mint, holder: async (input) => edge(await mint(input)) }
}

/**
 * One world for all tests of a file, at one instant: what a test changes is its own, and each begins in an isolate that
 * knows of nothing.
 */
export function issuerForAll(now: number): () => Issuer {
  let issuer: Issuer | null = null
  const opened = () => {
    if (issuer === null) throw new Error('The world is open within tests alone.')
    return issuer
  }
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now })
    issuer = await openIssuer()
  })
  beforeEach(() => {
    vi.setSystemTime(now)
    coldIsolate()
  })
  afterEach(() => opened().api.settle())
  afterAll(() => {
    vi.useRealTimers()
  })
  return opened
}

/** An isolate that knows of nothing. */
export function coldIsolate(): void {
  clearIsolate()
  forgetKept()
  forgetSecrets()
  forgetTokens()
}
