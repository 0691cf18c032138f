/**
 * What payments do to one customer, through the API and its real stores, one act a line, each line checked.
 *
 * Columns: `when | act | what is seen then`. Acts: `buy PLAN [provider]`, `add PLAN`, `paid`, `failed`, `refunded [AMOUNT]`,
 * `disputed`, `change PLAN [WHEN]`, `cancel`, `undo`, `consume N`, `look`; those about the add-on end in `of add-on`. What is
 * seen: the answer, the subscription, access to `sso`, and the meter as `used/limit left balance`.
 */
import { expect } from 'vitest'
import { type Api, apiWith } from './api.ts'
import { fresh } from './fresh.ts'
import { bodyOf, clockAt } from './storefront.ts'

const price = (amount: number) => [{ chargePeriod: 'monthly', amount, currency: 'USD' }]
const calls = (limit: number, more: object = {}) => ({
  'api-calls': { limit, reset: 'monthly', ...more },
})
const sso = { enabled: true }

const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'api-calls', type: 'meter' },
  ],
  plans: [
    { id: 'starter', rank: 1, prices: price(1000), allowances: calls(10) },
    {
      id: 'pro',
      rank: 2,
      graceDays: 3,
      prices: price(4900),
      allowances: { sso, ...calls(100, { rollover: { percent: 50, max: 30 } }) },
    },
    {
      id: 'max',
      rank: 3,
      prices: price(9900),
      allowances: { sso, ...calls(200, { onPlanChange: 'reset' }) },
    },
    {
      id: 'trial',
      rank: 2,
      trialDays: 14,
      prices: price(4900),
      allowances: { sso, ...calls(100) },
    },
    { id: 'boost', kind: 'addon', prices: price(500), allowances: calls(50) },
  ],
}

interface World {
  readonly api: Api
  base: string
  addOn: string
}

/** Plays the table in empty stores and compares it, line by line, with what happened. */
export async function paymentTimeline(table: string, customer: object = {}): Promise<void> {
  const expected = table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3)
  await fresh()
  clockAt(instant(expected[0]?.[0] ?? ''))
  const api = await apiWith('manage')
  await bodyOf(api.put('/catalogue', CATALOGUE))
  await bodyOf(api.put('/customers/acme', customer))
  const world: World = { api, base: '', addOn: '' }
  const played: string[][] = []
  for (const [when = '', act = ''] of expected) {
    clockAt(instant(when))
    const answer = await happen(world, act)
    played.push([when, act, `${answer}: ${await seen(world)}`])
  }
  expect(text(played)).toBe(text(expected))
}

async function happen(world: World, act: string): Promise<string> {
  const { api } = world
  const [verb = '', what = '', more] = act.replace(' of add-on', '').split(' ')
  const id = act.endsWith(' of add-on') ? world.addOn : world.base
  switch (verb) {
    case 'look':
      return '_'
    case 'buy':
    case 'add': {
      const provider =
        more === 'provider' ? { provider: { name: 'sandbox', reference: 's_1' } } : {}
      const { status, body } = await api.post('/customers/acme/subscriptions', {
        planId: what,
        ...provider,
      })
      if (verb === 'buy') world.base = body.id
      else world.addOn = body.id
      return body.code ?? String(status)
    }
    case 'paid':
    case 'failed':
    case 'refunded':
    case 'disputed': {
      const payment = { outcome: verb, ...(what === '' ? {} : { amount: Number(what) }) }
      const { body } = await api.post(`/sandbox/subscriptions/${id}/payments`, payment)
      return body.code ?? body.outcome
    }
    case 'consume': {
      const usage = { customerId: 'acme', featureId: 'api-calls', quantity: Number(what) }
      const { body } = await api.post('/consume', usage)
      return body.consumed ? 'consumed' : 'refused'
    }
    default: {
      const change = verb === 'change' ? { planId: what, ...(more && { when: more }) } : {}
      const { status, body } = await api.post(`/subscriptions/${id}/${verb}`, change)
      return body.code ?? String(status)
    }
  }
}

async function seen({ api, base }: World): Promise<string> {
  const [held, boolean, meter] = await Promise.all([
    bodyOf(api.get(`/subscriptions/${base}`)),
    bodyOf(api.get('/access?customerId=acme&featureId=sso')),
    bodyOf(api.get('/access?customerId=acme&featureId=api-calls')),
  ])
  const { status, planId, pendingChange, cancelAt, grace } = held
  const waits = [
    pendingChange && ` then ${pendingChange.planId} ${date(pendingChange.at)}`,
    cancelAt && ` until ${date(cancelAt)}`,
    grace && ` grace until ${date(grace.endsAt)}`,
  ]
  const reading =
    meter.used === undefined ? '' : ` ${meter.used}/${meter.limit} left ${meter.balance}`
  const warned = boolean.grace === null ? '' : ' (in grace)'
  return `${status} ${planId}${waits.filter((each) => each !== null).join('')}, ${boolean.reason}${warned}, ${meter.reason}${reading}`
}

/** `2026-01-31` or `2026-01-31T12:30:00.001`, UTC. */
function instant(when: string): string {
  return when.length === 10 ? `${when}T00:00:00Z` : `${when}Z`
}

function date(at: string): string {
  return at.replace('T00:00:00.000Z', '')
}

function text(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => cells.join(' | ')).join('\n')
}
