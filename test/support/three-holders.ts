/** A catalogue and three customers for clients that decide by themselves. */
import { inMemorySluice, type InMemorySluice } from '../../sdk/testing.ts'

export const NOW = '2026-02-10T12:00:00.000Z'
export const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'audit-log', type: 'boolean' },
    { id: 'calls', type: 'meter' },
    { id: 'seats', type: 'meter' },
  ],
  plans: [
    {
      id: 'pro',
      rank: 1,
      prices: [{ chargePeriod: 'monthly' }],
      allowances: {
        sso: { enabled: true },
        calls: { limit: 1000, reset: 'monthly' },
        seats: { limit: 2 },
      },
    },
    { id: 'max', parentId: 'pro', rank: 2, allowances: { 'audit-log': { enabled: true } } },
  ],
}

export const SSO = { customerId: 'acme', featureId: 'sso' }
export const AUDIT = { customerId: 'acme', featureId: 'audit-log' }
export const CALLS = { customerId: 'acme', featureId: 'calls' }
export const SEATS = { customerId: 'acme', featureId: 'seats' }

/** Each on the smaller plan since the end of January. */
export function threeHolders(): InMemorySluice {
  const subscriptions = [{ planId: 'pro', startAt: '2026-01-31T00:00:00.000Z' }]
  const customers = ['acme', 'other', 'third'].map((id) => ({ id, subscriptions }))
  return inMemorySluice({ catalogue: CATALOGUE, customers }, { now: NOW })
}
