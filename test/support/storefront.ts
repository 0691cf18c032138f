/** A small catalogue with prices, put over HTTP, for tests of what customers hold. */
import { vi } from 'vitest'
import { type Api, type ApiAnswer, apiWith } from './api.ts'
import { fresh } from './fresh.ts'

/** When these tests begin: the last day of a January, so that months clamp. */
export const OPENING = '2026-01-31T10:00:00.000Z'

const monthly = { chargePeriod: 'monthly', amount: 1000, currency: 'USD' } as const
const yearly = { chargePeriod: 'yearly', amount: 10000, currency: 'USD' } as const

const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean', name: 'Single sign-on' },
    { id: 'api-calls', type: 'meter', name: 'API calls' },
    { id: 'theme', type: 'customizable', name: 'Theme' },
  ],
  plans: [
    { id: 'free', name: 'Free', rank: 0, allowances: { 'api-calls': { limit: 10 } } },
    {
      id: 'starter',
      name: 'Starter',
      rank: 1,
      prices: [monthly],
      allowances: { 'api-calls': { limit: 100, reset: 'monthly' } },
    },
    {
      id: 'pro',
      name: 'Pro',
      rank: 2,
      prices: [monthly, yearly],
      graceDays: 3,
      parentId: 'starter',
      allowances: { sso: { enabled: true }, 'api-calls': { limit: 1000, reset: 'monthly' } },
    },
    { id: 'trialled', name: 'Trialled', rank: 2, trialDays: 14, prices: [monthly] },
    { id: 'seats', name: 'Seats', kind: 'addon', prices: [monthly] },
  ],
} as const

/** What customers do here. */
export interface Storefront {
  readonly api: Api
  /** Asks for a plan. */
  take(body: object, customerId?: string): Promise<ApiAnswer>
  /** Asks for a plan and gets it. */
  taken(body: object): Promise<{ readonly id: string }>
  monthlyPro(): Promise<{ readonly id: string }>
  /** Does something to a subscription; the answer's body, with its status code as `code` unless it is a problem. */
  act(id: string, action: string, body?: object): ReturnType<typeof bodyOf>
  /** The reason that an access check gives. */
  accessTo(featureId: string): Promise<string>
}

/** Empty stores, the clock at `OPENING`, the catalogue above and one customer, `acme`. */
export async function openStorefront(): Promise<Storefront> {
  await fresh()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(OPENING) })
  const api = await apiWith('manage')
  await bodyOf(api.put('/catalogue', CATALOGUE))
  await bodyOf(api.put('/customers/acme', {}))
  const take = (body: object, customerId = 'acme') =>
    api.post(`/customers/${customerId}/subscriptions`, body)
  return {
    api,
    take,
    taken: (body) => bodyOf(take(body)),
    monthlyPro: () => bodyOf(take({ planId: 'pro', chargePeriod: 'monthly' })),
    act: async (id, action, body) => {
      const answer = await api.post(`/subscriptions/${id}/${action}`, body)
      return { code: answer.status, ...answer.body }
    },
    accessTo: async (featureId) =>
      (await api.get(`/access?customerId=acme&featureId=${featureId}`)).body.reason,
  }
}

/** Puts the clock, as every part of the service sees it, to this instant. */
export function clockAt(instant: string): void {
  vi.setSystemTime(Date.parse(instant))
}

/** The body of an answer that must be a success. */
export async function bodyOf(answer: ReturnType<Api['get']>) {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}
