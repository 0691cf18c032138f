import { describe, expect, it } from 'vitest'
import { api } from '../support/service.ts'
import { access, bodyOf, consume, customerOn, newCustomer } from './customers.ts'

/** The page's table, with the reason of each cell, what is left of it and who gives it. */
const TABLE = `
  basic-dashboard    | enabled by starter                 | enabled by pro from starter           | enabled by enterprise from starter
  advanced-analytics | not_in_plan                        | enabled by pro                        | enabled by enterprise from pro
  sso                | not_in_plan                        | not_in_plan                           | enabled by enterprise
  white-label        | not_in_plan                        | not_in_plan                           | enabled by enterprise
  api-calls          | within_limit 1000 resets by starter | within_limit 100000 resets by pro    | unlimited unlimited resets by enterprise
  storage            | within_limit 5 stays by starter    | within_limit 100 stays by pro         | within_limit 1000 stays by enterprise
  team-members       | within_limit 3 stays by starter    | within_limit 25 stays by pro          | unlimited unlimited stays by enterprise
`
const CUSTOMERS = ['starter-co', 'pro-co', 'enterprise-co'] as const

interface Answer {
  readonly featureId: string
  readonly reason: string
  readonly limit?: number | 'unlimited'
  readonly resetAt?: string | null
  readonly sources: readonly { readonly planId: string; readonly inheritedFrom?: string }[]
}

const CELLS = TABLE.trim()
  .split('\n')
  .flatMap((line) => {
    const [featureId = '', ...cells] = line.split('|').map((cell) => cell.trim())
    return CUSTOMERS.map((customerId, at) => [customerId, featureId, cells[at] ?? ''] as const)
  })

describe('the example plans', () => {
  it('have 21 cells', () => {
    expect(CELLS.length).toBe(21)
  })

  it.each(CELLS)('%s and %s: %s', async (customerId, featureId, cell) => {
    const answer = await access(customerId, featureId)
    expect(told(answer)).toBe(cell)
    expect(answer.hasAccess).toBe(cell !== 'not_in_plan')
    expect(answer).toMatchObject({ customerId, featureId, quantity: 1, overridden: false })
  })

  it.each(CUSTOMERS)('answer %s alike one by one and as a list', async (customerId) => {
    const { data } = await bodyOf(api.get(`/customers/${customerId}/entitlements`))
    const listed = new Map<string, string>(data.map((each: Answer) => [each.featureId, told(each)]))
    const cells = CELLS.filter(([id]) => id === customerId)
    expect(cells.map(([, featureId]) => listed.get(featureId))).toEqual(
      cells.map(([, , cell]) => cell),
    )
  })

  it('count API calls by the month and keep storage and members for ever', async () => {
    const calls = await access('pro-co', 'api-calls')
    const months =
      new Date(calls.period.endAt).getUTCMonth() - new Date(calls.period.startAt).getUTCMonth()
    expect((months + 12) % 12).toBe(1)
    expect((await access('pro-co', 'storage')).resetAt).toBeNull()
    expect((await access('pro-co', 'team-members')).resetAt).toBeNull()
  })
})

describe('a check', () => {
  it('names a feature and never a plan, and answers true or false', async () => {
    const { hasAccess } = await access('starter-co', 'sso')
    expect(hasAccess).toBe(false)
  })

  it('names plan, subscription and ancestor of whatever it grants', async () => {
    const { customerId, subscriptionId } = await customerOn('enterprise')
    const { sources, inherited } = await access(customerId, 'advanced-analytics')
    expect(inherited).toBe(true)
    expect(sources).toEqual([
      { kind: 'plan', planId: 'enterprise', inheritedFrom: 'pro', subscriptionId },
    ])
  })

  it('says how old its copy is and where it came from', async () => {
    const answer = await access('pro-co', 'sso')
    expect(answer).toMatchObject({ degraded: false, confirmed: 'source' })
    expect(['object', 'memory', 'kv']).toContain(answer.servedFrom)
    expect(answer.version).toBeGreaterThan(0)
    expect(answer.revision).toBeGreaterThan(0)
  })

  it('asks for as much as it says', async () => {
    expect(await access('starter-co', 'storage', '&quantity=5')).toMatchObject({ hasAccess: true })
    expect(await access('starter-co', 'storage', '&quantity=6')).toMatchObject({
      hasAccess: false,
      reason: 'limit_reached',
      quantity: 6,
    })
  })

  it('hints at what would help', async () => {
    expect(await access('starter-co', 'sso')).toMatchObject({
      hint: expect.stringMatching(/enterprise/),
    })
    expect(await access('starter-co', 'advanced-analytic')).toMatchObject({
      reason: 'unknown_feature',
      hint: expect.stringMatching(/advanced-analytics/),
    })
  })

  it('of a stranger, or of somebody who bought nothing, is an answer too', async () => {
    expect(await access('nobody-knows-me', 'sso')).toMatchObject({
      hasAccess: false,
      reason: 'unknown_customer',
      sources: [],
    })
    expect(await access(await newCustomer(), 'sso')).toMatchObject({
      hasAccess: false,
      reason: 'no_subscription',
    })
  })
})

describe('feature types', () => {
  it.each([
    ['webhook-retries', 5],
    ['support-level', 'business-hours'],
    ['regions', ['us-east', 'us-west']],
    ['branding', { logo: true, colour: '#0b7285', footer: 'Powered by Sluice' }],
  ])('a customizable feature answers its value: %s', async (featureId, value) => {
    expect(await access('boston-co', featureId)).toMatchObject({
      hasAccess: true,
      reason: 'value',
      type: 'customizable',
      value,
      sources: [{ kind: 'plan', planId: 'us-pro' }],
    })
  })

  it('an unlimited meter counts and never refuses', async () => {
    const { customerId } = await customerOn('enterprise')
    const { consumed, entitlement } = await consume(customerId, 'api-calls', 5_000_000)
    expect(consumed).toBe(true)
    expect(entitlement).toMatchObject({ limit: 'unlimited', balance: 'unlimited', used: 5_000_000 })
  })
})

/** An answer as a cell of the table. */
function told({ reason, limit, resetAt, sources }: Answer): string {
  const meter = limit === undefined ? [] : [limit, resetAt === null ? 'stays' : 'resets']
  const given = sources.map(
    ({ planId, inheritedFrom }) =>
      `by ${planId}${inheritedFrom === undefined ? '' : ` from ${inheritedFrom}`}`,
  )
  return [reason, ...meter, ...given].join(' ')
}
