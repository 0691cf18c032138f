import { beforeAll, describe, expect, it } from 'vitest'
import { ACTIONS, type Action } from '../../entitlements/effects.ts'
import { lifecycleTable } from '../../entitlements/lifecycle.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { api, unique } from '../support/service.ts'
import {
  access,
  act,
  bodyOf,
  customerOn,
  daysFromNow,
  type Held,
  newCustomer,
  subscribe,
} from './customers.ts'

/** A subscription of every status, as its caller gets there; ended ones of both kinds. */
const SPECIMENS: Readonly<Record<string, () => Promise<Held>>> = {
  scheduled: () => customerOn('pro', { startAt: daysFromNow(2) }),
  trialing: () =>
    customerOn('pro', { trialDays: 14, provider: { name: 'stripe', reference: 'si' } }),
  active: () => customerOn('pro'),
  past_due: async () => after(await customerOn('pro'), 'payment-failed'),
  paused: async () => after(await customerOn('pro'), 'pause'),
  lapsed: async () =>
    after(await customerOn('pro', { startAt: daysFromNow(-20) }), 'payment-failed', {
      occurredAt: daysFromNow(-8),
    }),
  refunded: async () => after(await customerOn('pro'), 'refund', { full: true }),
}

const BODIES: Readonly<Partial<Record<Action, object>>> = {
  change: { planId: 'enterprise' },
  cancel: { when: 'now' },
  refund: { full: true },
}

/** The status right after each action; `-` is a refusal. Nothing waits in these, so there is nothing to undo. */
const OUTCOMES = `
  action             scheduled  trialing  active    past_due  paused    lapsed  refunded
  change             scheduled  trialing  active    past_due  paused    -       -
  cancel             ended      ended     ended     ended     ended     -       -
  undo               -          -         -         -         -         -       -
  pause              -          paused    paused    paused    -         -       -
  resume             -          -         -         -         active    -       -
  end_trial          -          past_due  -         -         -         -       -
  renew              scheduled  trialing  active    past_due  paused    -       -
  payment_failed     scheduled  trialing  past_due  past_due  paused    -       -
  payment_succeeded  scheduled  trialing  active    active    paused    active  -
  refund             ended      ended     ended     ended     ended     ended   -
`
const [HEADER = [], ...ROWS] = OUTCOMES.trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/))
const CELLS = ROWS.flatMap(([action = '', ...outcomes]) =>
  outcomes.map((outcome, at) => [HEADER[at + 1] ?? '', action as Action, outcome] as const),
)

describe('the table of what can be done to a subscription', () => {
  it('is whole here, and refuses where the printed one does', () => {
    expect(ROWS.map(([action]) => action)).toEqual([...ACTIONS])
    expect(HEADER.slice(1)).toEqual(Object.keys(SPECIMENS))
    const refused = lifecycleTable().filter(({ effect }) => effect === null)
    for (const { status, action } of refused) {
      const names = status === 'ended' ? ['lapsed', 'refunded'] : [status]
      for (const name of names) {
        expect(CELLS).toContainEqual([name, action, '-'])
      }
    }
  })

  it.each(CELLS)('%s, %s: %s', async (name, action, outcome) => {
    const held = await SPECIMENS[name]!()
    const path = `/subscriptions/${held.subscriptionId}`
    const before = await bodyOf(api.get(path))
    expect(SUBSCRIPTION_STATUSES).toContain(before.status)
    expect(before.status).toBe(['lapsed', 'refunded'].includes(name) ? 'ended' : name)
    const { status, body } = await api.post(
      `${path}/${action.replaceAll('_', '-')}`,
      BODIES[action],
    )
    if (outcome !== '-') {
      expect([status, body.status]).toEqual([200, outcome])
      expect((await bodyOf(api.get(path))).status).toBe(outcome)
      return
    }
    expect(status).toBe(409)
    expect(body).toMatchObject({
      code: 'transition_refused',
      subscriptionStatus: before.status,
      action,
    })
    const allowed = CELLS.filter(([each, , result]) => each === name && result !== '-')
    expect(body.allowedActions).toEqual(allowed.map(([, each]) => each))
    expect(await bodyOf(api.get(path))).toEqual(before)
  })

  it.each(['scheduled', 'trialing', 'active', 'past_due', 'paused'])(
    '%s, undo takes back what waits',
    async (name) => {
      const held = await SPECIMENS[name]!()
      const { status } = await bodyOf(api.get(`/subscriptions/${held.subscriptionId}`))
      await act(held, 'cancel', { at: daysFromNow(10) })
      expect(await act(held, 'undo')).toMatchObject({ status, cancelAt: null })
    },
  )
})

describe('an add-on', () => {
  let held: Held

  beforeAll(async () => {
    held = await customerOn('starter')
    const subscriptionId = await subscribe(held.customerId, 'extra-calls', { quantity: 2 })
    held = { customerId: held.customerId, subscriptionId }
  })

  it('is held more often at once, and less often from the next period on', async () => {
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 21_000 })
    const more = await act(held, 'change', { planId: 'extra-calls', quantity: 5 })
    expect(more).toMatchObject({ quantity: 5, pendingChange: null })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 51_000 })
    const less = await act(held, 'change', { planId: 'extra-calls', quantity: 1 })
    expect(less).toMatchObject({
      quantity: 5,
      pendingChange: { quantity: 1, at: less.currentPeriod.endAt },
    })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 51_000 })
    await act(held, 'undo')
  })

  it('can be held beside others of its kind, and each ends by itself', async () => {
    const second = await subscribe(held.customerId, 'extra-calls', { quantity: 1 })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 61_000 })
    await act({ ...held, subscriptionId: second }, 'cancel', { when: 'now' })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 51_000 })
  })

  it('shows in the explanation how often it is held', async () => {
    const path = `/customers/${held.customerId}/entitlements/api-calls?explain=true`
    const { steps, lots } = await bodyOf(api.get(path))
    const details = steps.map(({ detail }: { detail: string }) => detail).join('\n')
    expect(details).toContain('Held 5 times, so 5 times the limit.')
    expect(
      lots.map(({ grantedUnits }: { grantedUnits: number }) => grantedUnits).toSorted(),
    ).toEqual([1_000, 50_000])
  })

  it('leaves the default plan in force, because it is no base plan', async () => {
    const free = unique('free')
    const plans = [{ id: free, allowances: { searches: { limit: 3 } } }]
    await bodyOf(api.put('/catalogue', { features: [], plans, defaultPlanId: free }))
    const customerId = await newCustomer()
    await subscribe(customerId, 'extra-calls')
    const sources = (await access(customerId, 'searches')).sources
    await bodyOf(api.put('/catalogue', { features: [], plans: [], defaultPlanId: null }))
    expect(sources).toEqual([{ kind: 'default_plan', planId: free }])
  })
})

describe('a dry run', () => {
  it('answers as documented over HTTP, and changes nothing', async () => {
    const planId = unique('plan')
    await bodyOf(api.put(`/plans/${planId}`, { parentId: 'starter', rank: 1 }))
    const held = await customerOn(planId)
    const body = { allowances: { 'api-calls': { limit: 1 } } }
    expect(await bodyOf(api.patch(`/plans/${planId}?dryRun=true`, body))).toMatchObject({
      plans: [planId],
      customers: 1,
      gains: 0,
      losses: 1,
      overLimit: 0,
      examples: [{ customerId: held.customerId, losses: ['api-calls'] }],
    })
    expect(await access(held.customerId, 'api-calls')).toMatchObject({ limit: 1_000 })
    const change = { planId: 'enterprise', chargePeriod: 'monthly' }
    const path = `/subscriptions/${held.subscriptionId}/change?dryRun=true`
    expect((await bodyOf(api.post(path, change))).gains).toContain('sso')
    expect(await access(held.customerId, 'sso')).toMatchObject({ reason: 'not_in_plan' })
  })
})

async function after(held: Held, action: string, body?: object): Promise<Held> {
  await act(held, action, body)
  return held
}
