/** Customers of every kind on a catalogue with every kind of allowance, and what an edit has done to them. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { type Api, apiWith } from './api.ts'
import { fresh } from './fresh.ts'
import { heldBy, objectOf, rowsOf } from './object.ts'
import { bodyOf } from './storefront.ts'

const monthly = { chargePeriod: 'monthly', amount: 1000, currency: 'USD' } as const

export const CATALOGUE = {
  features: [
    { id: 'sso', type: 'boolean' },
    { id: 'theme', type: 'customizable' },
    { id: 'calls', type: 'meter' },
    { id: 'storage', type: 'meter' },
    { id: 'tokens', type: 'meter' },
  ],
  plans: [
    { id: 'free', allowances: { calls: { limit: 10, reset: 'monthly' } } },
    {
      id: 'starter',
      rank: 1,
      prices: [monthly],
      allowances: {
        calls: { limit: 100, reset: 'monthly' },
        storage: { limit: 50, enforcement: 'soft' },
        theme: { value: 'light' },
      },
    },
    {
      id: 'pro',
      rank: 2,
      parentId: 'starter',
      prices: [monthly],
      allowances: {
        sso: { enabled: true },
        calls: { limit: 1000, reset: 'monthly' },
        tokens: { limit: 100, reset: 'monthly', rollover: { percent: 50, max: null } },
      },
    },
    {
      id: 'extra',
      kind: 'addon',
      prices: [monthly],
      allowances: { calls: { limit: 50, reset: 'weekly' }, sso: { enabled: true } },
    },
  ],
  defaultPlanId: 'free',
} as const

/** `name: plans × quantity | what is used | what else is done`. */
const CUSTOMERS = `
  idle: starter
  light: starter | calls 5, storage 5
  half: starter | calls 60, storage 30
  full: starter | calls 100, storage 50
  over: starter | calls 130, storage 80
  pro-idle: pro
  pro-light: pro | calls 60, storage 12, tokens 20
  pro-full: pro | calls 1000, storage 50, tokens 100
  pro-over: pro | calls 1200, storage 70, tokens 160
  both-idle: starter + extra × 2
  both-light: starter + extra × 2 | calls 40
  both-half: starter + extra × 2 | calls 150
  both-full: starter + extra × 2 | calls 200
  only-extra: extra × 3 | calls 20
  given: starter | calls 150 | override calls {"limit": 300}
  given-less: pro | calls 30 | override calls {"limit": 20}
  given-soft: starter | calls 120 | override calls {"enforcement": "soft"}
  given-sso: starter | | override sso {"enabled": true}
  given-both: pro + extra | calls 70 | override calls {"limit": 60}
  vip: | calls 3 | standalone calls {"limit": 5}
  nobody: | calls 4
  nobody-over: | calls 14
  nobody-idle:
  paused: pro | calls 60 | pause
  refunded: pro | calls 60 | refund
  late: pro | calls 60 | payment-failed
  lapsed: pro | calls 60 | lapse
  trying: starter | calls 60 | trial
  leaving: pro | calls 60, storage 60 | downgrade
  clocked-less: starter | storage 7, tokens 9
`

/** When everybody has come. */
const OPENING = '2026-01-31T10:00:00.000Z'
/** When previews are asked for: a month later, so that periods have passed and units were carried. */
const LATER = '2026-03-01T10:00:00.000Z'

export interface PreviewWorld {
  readonly api: Api
  readonly customerIds: readonly string[]
  /** Lets every object publish and tell D1 what it knows. */
  settle(): Promise<void>
  /** What every customer is answered for every feature. */
  answers(): Promise<Answers>
}

export type Answers = ReadonlyMap<string, ReadonlyMap<string, Answer>>

interface Answer {
  readonly featureId: string
  readonly hasAccess: boolean
  readonly limit?: number | 'unlimited'
  readonly overage?: number
  readonly enforcement?: string
  readonly sources: readonly unknown[]
}

/** Empty stores with this world in them, two weeks of nothing behind its customers. */
export async function openPreviewWorld(): Promise<PreviewWorld> {
  await fresh()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(OPENING) })
  const api = await apiWith('manage')
  await bodyOf(api.put('/catalogue', CATALOGUE))
  const customers = CUSTOMERS.trim().split('\n').map(parsed)
  for (const each of customers) await comeIn(api, each)
  const customerIds = customers.map(({ id }) => id)
  const answers = () => answersOf(api, customerIds)
  await answers()
  vi.setSystemTime(Date.parse(LATER))
  for (const each of customers) await use(api, each)
  const settle = async () => {
    vi.setSystemTime(Date.now() + 120_000)
    await tick(portsFrom(env), 'local')
    await settled(customerIds)
  }
  return { api, customerIds, settle, answers }
}

/** The numbers that a preview promises, from the answers before and after. */
export function compared(before: Answers, after: Answers) {
  const found = { gains: 0, losses: 0, overLimit: 0 }
  const byCustomer = new Map<string, { gains: string[]; losses: string[]; overLimit: string[] }>()
  for (const [customerId, answers] of after) {
    const own = { gains: [] as string[], losses: [] as string[], overLimit: [] as string[] }
    for (const [featureId, now] of answers) {
      const then = before.get(customerId)?.get(featureId)
      const more = then === undefined ? Number(now.hasAccess) : moreOf(then, now)
      if (more > 0) own.gains.push(featureId)
      if (more < 0) own.losses.push(featureId)
      if (isOver(now) && (then === undefined || !isOver(then))) own.overLimit.push(featureId)
    }
    found.gains += own.gains.length
    found.losses += own.losses.length
    found.overLimit += own.overLimit.length
    byCustomer.set(customerId, own)
  }
  return { ...found, byCustomer }
}

interface Coming {
  readonly id: string
  readonly plans: readonly { readonly planId: string; readonly quantity: number }[]
  readonly used: readonly { readonly featureId: string; readonly value: number }[]
  readonly done: string
}

function parsed(line: string): Coming {
  const [id = '', rest = ''] = line.trim().split(/:(.*)/s)
  const [plans = '', used = '', done = ''] = rest.split('|').map((part) => part.trim())
  return {
    id,
    plans: plans === '' ? [] : plans.split(' + ').map(planOf),
    used: used === '' ? [] : used.split(', ').map(usedOf),
    done,
  }
}

function planOf(text: string) {
  const [planId = '', quantity = '1'] = text.split(' × ')
  return { planId, quantity: Number(quantity) }
}

function usedOf(text: string) {
  const [featureId = '', value = '0'] = text.split(' ')
  return { featureId, value: Number(value) }
}

async function comeIn(api: Api, { id, plans, done }: Coming): Promise<void> {
  await bodyOf(api.put(`/customers/${id}`, {}))
  const trialDays = done === 'trial' ? { trialDays: 60 } : {}
  for (const { planId, quantity } of plans) {
    const { id: sub } = await bodyOf(
      api.post(`/customers/${id}/subscriptions`, { planId, quantity, ...trialDays }),
    )
    if (done === 'downgrade') {
      await bodyOf(api.post(`/subscriptions/${sub}/change`, { planId: 'starter' }))
    }
  }
  const [kind = '', featureId = '', patch = ''] = done.split(/ (\S+) (.*)/)
  if (kind !== 'override' && kind !== 'standalone') return
  const body = { allowance: JSON.parse(patch), standalone: kind === 'standalone' }
  await bodyOf(api.put(`/customers/${id}/overrides/${featureId}`, body))
}

async function use(api: Api, { id, used, done }: Coming): Promise<void> {
  for (const meter of used) {
    await bodyOf(api.post('/usage', { customerId: id, behaviour: 'delta', ...meter }))
  }
  const { data } = await bodyOf(api.get(`/customers/${id}/subscriptions`))
  const act = (action: string, body?: object) =>
    bodyOf(api.post(`/subscriptions/${data[0].id}/${action}`, body))
  if (done === 'pause') await act('pause')
  if (done === 'refund') await act('refund', { full: true })
  if (done === 'payment-failed') await act('payment-failed')
  if (done === 'lapse') await act('payment-failed', { occurredAt: '2026-02-10T00:00:00Z' })
}

async function settled(customerIds: readonly string[]): Promise<void> {
  for (const id of customerIds) {
    const { version } = await heldBy(id)
    await vi.waitFor(async () => {
      vi.setSystemTime(Date.now() + 2_000)
      await runDurableObjectAlarm(objectOf(id))
      const duties = await rowsOf(id, 'SELECT duty, version FROM duties')
      const told = duties.filter((duty) => Number(duty['version']) >= version)
      if (told.length < 2) throw new Error(`${id} ${version}: ${JSON.stringify(duties)}`)
    }, 5_000)
  }
}

async function answersOf(api: Api, customerIds: readonly string[]): Promise<Answers> {
  const all = new Map<string, ReadonlyMap<string, Answer>>()
  for (const id of customerIds) {
    const { data } = await bodyOf(api.get(`/customers/${id}/entitlements?fresh=true`))
    all.set(id, new Map((data as readonly Answer[]).map((each) => [each.featureId, each])))
  }
  return all
}

function moreOf(then: Answer, now: Answer): number {
  return (
    Number(now.hasAccess) - Number(then.hasAccess) ||
    unitsOf(now) - unitsOf(then) ||
    Number(isSoft(now)) - Number(isSoft(then))
  )
}

function isHeld({ sources }: Answer): boolean {
  return sources.length > 0
}

function unitsOf(answer: Answer): number {
  if (!isHeld(answer)) return 0
  return answer.limit === 'unlimited' ? Number.MAX_VALUE : (answer.limit ?? 0)
}

function isSoft(answer: Answer): boolean {
  return isHeld(answer) && answer.limit !== 'unlimited' && answer.enforcement === 'soft'
}

function isOver(answer: Answer): boolean {
  return isHeld(answer) && (answer.overage ?? 0) > 0
}
