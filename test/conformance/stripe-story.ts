/** One customer of a service that is paid through Stripe, step by step. */
import { expect } from 'vitest'
import { startWithStripe, type StripeService } from '../support/stripe-service.ts'

const DAY_MS = 86_400_000

const price = (chargePeriod: string, amount: number) => ({ chargePeriod, amount, currency: 'USD' })

export const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'api-calls', type: 'meter' },
    { id: 'seats', type: 'meter' },
  ],
  plans: [
    { id: 'free', rank: 0, allowances: { 'api-calls': { limit: 10, reset: 'monthly' } } },
    {
      id: 'starter',
      rank: 1,
      prices: [price('monthly', 1000)],
      allowances: { 'api-calls': { limit: 100, reset: 'monthly' } },
    },
    {
      id: 'pro',
      rank: 2,
      prices: [price('monthly', 5000), price('yearly', 50000)],
      parentId: 'starter',
      allowances: {
        sso: { enabled: true },
        'api-calls': {
          limit: 1000,
          reset: 'monthly',
          rollover: { percent: 50, max: 200 },
        },
      },
    },
    { id: 'trialled', rank: 2, trialDays: 14, prices: [price('monthly', 3000)], parentId: 'pro' },
    {
      id: 'more-seats',
      kind: 'addon',
      prices: [price('monthly', 500)],
      allowances: { seats: { limit: 5, reset: 'never' } },
    },
    {
      id: 'onboarding',
      kind: 'addon',
      prices: [price('one_time', 9900)],
      allowances: { seats: { limit: 1, reset: 'never' } },
    },
  ],
} as const

// oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
type Json = any

/** The service with Stripe, started once for all files that ask for it. */
export const service: StripeService = await startWithStripe(CATALOGUE)

/** What of an entitlement a customer can notice. */
const SEEN = ['featureId', 'hasAccess', 'reason', 'limit', 'used', 'balance', 'resetAt']

/** How the double tells of what happened: as it happens, or once it is asked to. */
export interface Telling {
  /** Every event so many times. */
  readonly copies: number
  /** 0: in order. */
  readonly seed: number
  /** So many at the same time. */
  readonly together: number
}

export interface Story {
  readonly customerId: string
  /** Whether nothing is heard for the time being. */
  isDeaf: boolean
  buys(planId: string, more?: object): Promise<Json>
  uses(quantity: number): Promise<void>
  changes(planId: string, more?: object): Promise<Json>
  acts(action: string, body?: object): Promise<Json>
  passes(days: number): Promise<void>
  isDeclined(): Promise<void>
  pays(): Promise<void>
  isRefunded(amount?: number): Promise<void>
  /** Waits until Stripe has been told what was decided. */
  isTold(): Promise<void>
  /** Whatever waits to be told is told, until all of it has been heard. */
  hears(): Promise<void>
  view(): Promise<Json>
  access(featureId?: string): Promise<string>
  /** What anybody can see of the customer, with dates as hours since the story began. */
  state(): Promise<Json>
  /** What Stripe calls it. */
  reference(): Promise<string>
  /** What Stripe has. */
  billed(): Promise<{ status: string; price: string; next: string | null; [field: string]: Json }>
}

/** A customer nobody has heard of, in an account in which nothing has happened. */
export async function openStory(
  customerId: string,
  telling: Telling | null = null,
): Promise<Story> {
  const { double } = service
  await double.command('reset')
  const { now: beginning } = await double.state()
  await double.command('deliver', { mode: telling === null ? 'at once' : 'held' })
  const said = async (method: string, path: string, body?: object) => {
    const { status, body: answer } = await service.send(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  let subscriptionId = ''
  const reference = async () =>
    (await said('GET', `/subscriptions/${subscriptionId}`)).provider?.reference as string
  const hears = async () => {
    if (story.isDeaf) return
    if (telling !== null) {
      await double.command('release', { ...telling })
      await double.command('deliver', { mode: 'at once' })
    }
    expect(await double.command('settle')).toEqual({ left: 0 })
    if (telling !== null) await double.command('deliver', { mode: 'held' })
  }
  const stripes = async (id: string) =>
    (await double.state()).subscriptions.find((each: Json) => each.id === id)
  const story: Story = {
    customerId,
    isDeaf: false,
    hears,
    isTold: () => hasTold(subscriptionId),
    reference,
    state: async () => {
      const { id: _id, revision: _revision, createdAt: _at, provider, ...view } = await story.view()
      const entitlements = await said('GET', `/customers/${customerId}/entitlements`)
      const kept = entitlements.data.map((each: Json) =>
        Object.fromEntries(SEEN.map((field) => [field, each[field]])),
      )
      const billedBy = provider?.name ?? null
      return inHours({ ...view, customerId: null, billedBy, entitlements: kept }, beginning * 1000)
    },
    buys: async (planId, more = {}) => {
      const plan = CATALOGUE.plans.find(({ id }) => id === planId)
      const chargePeriod = plan && 'prices' in plan ? plan.prices[0].chargePeriod : undefined
      const session = await said('POST', '/checkout/sessions', {
        customerId,
        planId,
        chargePeriod,
        successUrl: 'https://app.example/thanks?session={CHECKOUT_SESSION_ID}',
        ...more,
      })
      const { sessions } = await double.state()
      const page = sessions.find((each: Json) => each.client_reference_id === session.id)
      await double.command('pay', { session: page.id })
      await hears()
      const bought = await said('GET', `/checkout/sessions/${session.id}`)
      expect(bought).toMatchObject({ status: 'completed', customerId })
      subscriptionId = bought.subscriptionId
      return bought
    },
    uses: async (quantity) => {
      await said('POST', '/consume', { customerId, featureId: 'api-calls', quantity })
    },
    changes: (planId, more) => story.acts('change', { planId, ...more }),
    acts: async (action, body = {}) => {
      const changed = await said('POST', `/subscriptions/${subscriptionId}/${action}`, body)
      await hasTold(subscriptionId)
      await hears()
      return changed
    },
    passes: async (days) => {
      const { now } = await double.state()
      const at = now * 1000 + days * DAY_MS
      await said('PUT', `/sandbox/customers/${customerId}/clock`, {
        now: new Date(at).toISOString(),
      })
      await double.command('clock', { to: at / 1000 })
      await hears()
    },
    isDeclined: async () => {
      const { customer } = await stripes(await reference())
      await double.command('card', { customer, works: 'no' })
    },
    pays: async () => {
      const subscription = await reference()
      const { customer } = await stripes(subscription)
      await double.command('card', { customer, works: 'yes' })
      await double.command('retry', { subscription })
      await hears()
    },
    isRefunded: async (amount) => {
      await double.command('refund', { subscription: await reference(), amount })
      await hears()
    },
    view: () => said('GET', `/subscriptions/${subscriptionId}`),
    access: async (featureId = 'api-calls') =>
      (await said('GET', `/access?customerId=${customerId}&featureId=${featureId}`)).reason,
    billed: async () => {
      const { prices, schedules, ...state } = await double.state()
      const id = await reference()
      const subscription = state.subscriptions.find((each: Json) => each.id === id)
      const keyOf = (priceId: string) =>
        prices.find((each: Json) => each.id === priceId)?.lookup_key ?? null
      const schedule = schedules.find((each: Json) => each.id === subscription.schedule)
      const planned = schedule?.phases.find(
        (each: Json) => each.start_date >= schedule.current_phase.end_date,
      )
      const [item] = subscription.items.data
      return {
        ...subscription,
        price: keyOf(item.price.id),
        quantity: item.quantity,
        next: planned === undefined ? null : keyOf(planned.items[0].price),
      }
    },
  }
  return story
}

/** What is told behind an answer takes a moment. */
async function hasTold(subscriptionId: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const [row] = await service.rows(
          `SELECT provider_name, provider_revision >= revision AS told FROM subscriptions WHERE id = ?`,
          subscriptionId,
        )
        return row.provider_name === null || row.told
      },
      { timeout: 10_000 },
    )
    .toBeTruthy()
}

/** Two runs of a story never begin at the same second, and what takes a moment takes another one each time. */
function inHours(value: Json, from: number): Json {
  const text = JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(each)) return each
    return `${Math.round((Date.parse(each) - from) / 3_600_000)} h`
  })
  return JSON.parse(text)
}
