/** What a customer's clock makes happen, through the API: each story is a table, its right side what holds then. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

let shop: Storefront

beforeEach(async () => {
  shop = await openStorefront()
  await bodyOf(
    shop.api.put('/plans/roller', {
      rank: 1,
      graceDays: 3,
      prices: [{ chargePeriod: 'monthly', amount: 900, currency: 'USD' }],
      allowances: {
        'api-calls': { limit: 100, reset: 'monthly', rollover: { percent: 50, max: 40 } },
      },
    }),
  )
})

/** Plays the left side of every line, and expects what it leads to on the right. */
async function play(story: string): Promise<void> {
  const lines = story
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll(/\s+/g, ' ')))
  const seen: string[][] = []
  for (const [event = ''] of lines) {
    await happen(event)
    seen.push([event, await reading()])
  }
  expect(text(seen)).toBe(text(lines))
}

const text = (rows: readonly string[][]) =>
  rows.map(([left = '', right = '']) => `${left.padEnd(28)} | ${right}`).join('\n')

async function happen(event: string): Promise<void> {
  const [verb = '', first = ''] = event.split(' ')
  if (verb === 'take') return void (await shop.taken(termsOf(event)))
  if (verb === 'consume') {
    return void (await bodyOf(
      shop.api.post('/consume', {
        customerId: 'acme',
        featureId: 'api-calls',
        quantity: Number(first),
      }),
    ))
  }
  if (verb === 'at') {
    const now = new Date(`${first}Z`).toISOString()
    return void (await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { now })))
  }
  const body = verb === 'change' ? termsOf(event) : {}
  await bodyOf(shop.api.post(`/subscriptions/${(await held()).id}/${verb}`, body))
}

function termsOf(event: string): object {
  const [, planId, trial] = event.split(' ')
  return {
    planId,
    ...(planId === 'pro' ? { chargePeriod: 'monthly' } : {}),
    ...(trial === undefined ? {} : { trialDays: Number(trial) }),
  }
}

async function held() {
  return (await bodyOf(shop.api.get('/customers/acme/subscriptions'))).data[0]
}

/** The subscription, what lists say of it where that is something else, and the meter. */
async function reading(): Promise<string> {
  const { id, planId, status } = await held()
  const listed = await env.DB.prepare('SELECT status, plan_id FROM subscriptions WHERE id = ?')
    .bind(id)
    .first<{ status: string; plan_id: string }>()
  const isListed = listed?.status === status && listed?.plan_id === planId
  const { body } = await shop.api.get('/access?customerId=acme&featureId=api-calls')
  const meter = body.limit === undefined ? '' : ` ${body.used} used, ${body.balance} left`
  const reset = body.resetAt ? ` until ${body.resetAt.slice(0, 10)}` : ''
  return `${planId} ${status}${isListed ? '' : ' (lists lag)'}: ${body.reason}${meter}${reset}`
}

describe('moving the clock', () => {
  it('resets a meter each month and carries what was left, up to its cap', () =>
    play(`
      take roller             | roller active: within_limit 0 used, 100 left until 2026-02-28
      consume 30              | roller active: within_limit 30 used, 70 left until 2026-02-28
      at 2026-02-28T09:59:59.999 | roller active: within_limit 30 used, 70 left until 2026-02-28
      at 2026-02-28T10:00     | roller active: within_limit 0 used, 135 left until 2026-03-31
      consume 20              | roller active: within_limit 20 used, 115 left until 2026-03-31
      at 2026-03-31T10:00     | roller active: within_limit 0 used, 140 left until 2026-04-30
      at 2026-07-01T00:00     | roller active: within_limit 0 used, 140 left until 2026-07-31
    `))

  it('applies a downgrade that was waiting for the period’s end', () =>
    play(`
      take pro                | pro active: within_limit 0 used, 1000 left until 2026-02-28
      consume 150             | pro active: within_limit 150 used, 850 left until 2026-02-28
      change starter          | pro active: within_limit 150 used, 850 left until 2026-02-28
      at 2026-02-28T09:59:59.999 | pro active: within_limit 150 used, 850 left until 2026-02-28
      at 2026-02-28T10:00     | starter active: within_limit 0 used, 100 left until 2026-03-31
    `))

  it('ends a trial that nobody pays for', () =>
    play(`
      take pro 14             | pro trialing: within_limit 0 used, 1000 left until 2026-02-14
      at 2026-02-14T09:59:59.999 | pro trialing: within_limit 0 used, 1000 left until 2026-02-14
      at 2026-02-14T10:00     | pro ended: subscription_ended
      payment-succeeded       | pro active: within_limit 0 used, 1000 left until 2026-03-14
    `))

  it('ends grace to the millisecond, and a payment after it restores', () =>
    play(`
      take roller             | roller active: within_limit 0 used, 100 left until 2026-02-28
      at 2026-02-10T00:00     | roller active: within_limit 0 used, 100 left until 2026-02-28
      consume 10              | roller active: within_limit 10 used, 90 left until 2026-02-28
      payment-failed          | roller past_due: within_limit 10 used, 90 left until 2026-02-28
      at 2026-02-12T23:59:59.999 | roller past_due: within_limit 10 used, 90 left until 2026-02-28
      at 2026-02-13T00:00     | roller ended: grace_ended
      at 2026-02-20T00:00     | roller ended: grace_ended
      payment-succeeded       | roller active: within_limit 10 used, 90 left until 2026-02-28
    `))

  it('reaches a cancellation, and what was used before the clock began stays', () =>
    play(`
      take pro                | pro active: within_limit 0 used, 1000 left until 2026-02-28
      consume 7               | pro active: within_limit 7 used, 993 left until 2026-02-28
      at 2026-02-20T00:00     | pro active: within_limit 7 used, 993 left until 2026-02-28
      cancel                  | pro active: within_limit 7 used, 993 left until 2026-02-28
      at 2026-02-28T10:00     | pro ended: subscription_ended
    `))
})

describe('moving the clock in one step', () => {
  it('comes to the same as in many', async () => {
    const DAY_MS = 86_400_000
    const stops = fc.uniqueArray(fc.integer({ min: 1, max: 399 }), { minLength: 1, maxLength: 4 })
    const uses = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        stops,
        uses,
        fc.constantFrom('', 'cancel', 'change'),
        async (days, units, act) => {
          const end = Date.parse(OPENING) + 400 * DAY_MS
          const walked = [...days]
            .sort((a, b) => a - b)
            .map((day) => Date.parse(OPENING) + day * DAY_MS)
          const direct = await stateAfter('direct', { units, act, stops: [end] })
          const stepwise = await stateAfter('stepwise', { units, act, stops: [...walked, end] })
          expect(stepwise).toEqual(direct)
        },
      ),
      { numRuns: 8 },
    )
  })
})

interface Life {
  readonly units: readonly number[]
  readonly act: string
  readonly stops: readonly number[]
}

/** Everything that can be seen of a new customer at the end of such a life. */
async function stateAfter(name: string, { units, act, stops }: Life): Promise<unknown> {
  const id = `${name}-${crypto.randomUUID()}`
  await bodyOf(shop.api.put(`/customers/${id}`, {}))
  const { id: sub } = await bodyOf(shop.take({ planId: 'roller' }, id))
  for (const quantity of units)
    await bodyOf(shop.api.post('/consume', { customerId: id, featureId: 'api-calls', quantity }))
  if (act === 'cancel') await bodyOf(shop.api.post(`/subscriptions/${sub}/cancel`, {}))
  if (act === 'change') {
    await bodyOf(
      shop.api.post(`/subscriptions/${sub}/change`, { planId: 'free', when: 'period_end' }),
    )
  }
  for (const stop of stops) {
    const now = new Date(stop).toISOString()
    await bodyOf(shop.api.put(`/sandbox/customers/${id}/clock`, { now }))
  }
  const entitlement = await bodyOf(
    shop.api.get(`/customers/${id}/entitlements/api-calls?explain=true&fresh=true`),
  )
  const history = await bodyOf(shop.api.get(`/customers/${id}/usage?featureId=api-calls`))
  const subscription = await bodyOf(shop.api.get(`/subscriptions/${sub}`))
  return JSON.parse(
    JSON.stringify([
      entitlement.lots,
      entitlement.reason,
      entitlement.used,
      entitlement.balance,
      history,
      {
        ...subscription,
        revision: 0,
      },
    ])
      .replaceAll(id, 'CUSTOMER')
      .replaceAll(sub, 'SUBSCRIPTION'),
  )
}
