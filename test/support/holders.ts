/** Holders of customer tokens, in a world of two customers on one plan. */
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

/** An isolate that knows of nothing. */
export function coldIsolate(): void {
  clearIsolate()
  forgetKept()
  forgetSecrets()
  forgetTokens()
}
