import { beforeEach, describe, expect, it } from 'vitest'
import { api, type Reply, unique } from '../support/service.ts'
import { access, bodyOf, customerOn, report } from './customers.ts'

/** Plans and features of one test: `max` inherits from `plus`, `plus` from `basic`. */
interface Tiers {
  readonly basic: string
  readonly plus: string
  readonly max: string
  readonly analytics: string
  readonly sso: string
  readonly calls: string
}

let tiers: Tiers

beforeEach(async () => {
  const id = unique('tier')
  const named = (name: string) => `${id}-${name}`
  tiers = {
    basic: named('basic'),
    plus: named('plus'),
    max: named('max'),
    analytics: named('analytics'),
    sso: named('sso'),
    calls: named('calls'),
  }
  const { basic, plus, max, analytics, sso, calls } = tiers
  await bodyOf(
    api.put('/catalogue', {
      features: [
        { id: analytics, type: 'boolean' },
        { id: sso, type: 'boolean' },
        { id: calls, type: 'meter' },
      ],
      plans: [
        { id: basic, rank: 1, allowances: { [calls]: { limit: 10, reset: 'monthly' } } },
        { id: plus, rank: 2, parentId: basic, allowances: { [analytics]: { enabled: true } } },
        {
          id: max,
          rank: 3,
          parentId: plus,
          allowances: { [sso]: { enabled: true }, [calls]: { limit: 1000 } },
        },
      ],
    }),
  )
})

/** Each value of a plan with its mark. */
async function marks(planId: string): Promise<Record<string, unknown>> {
  const { data } = await bodyOf(api.get(`/plans/${planId}/allowances`))
  return Object.fromEntries(
    data.map((each: { featureId: string; mark: string; fromPlanId: string }) => [
      each.featureId,
      `${each.mark} from ${each.fromPlanId}`,
    ]),
  )
}

/** Edits a plan's allowances. */
const edit = (planId: string, allowances: object): Promise<Reply> =>
  api.patch(`/plans/${planId}`, { allowances })

describe('a child plan', () => {
  it('has all that its ancestors have, and marks what it inherits, overrides and adds', async () => {
    const { basic, plus, max, analytics, sso, calls } = tiers
    expect(await marks(basic)).toEqual({ [calls]: `own from ${basic}` })
    expect(await marks(plus)).toEqual({
      [calls]: `inherited from ${basic}`,
      [analytics]: `own from ${plus}`,
    })
    expect(await marks(max)).toEqual({
      [analytics]: `inherited from ${plus}`,
      [calls]: `overridden from ${max}`,
      [sso]: `own from ${max}`,
    })
  })

  it('shows its customers what is inherited and from where', async () => {
    const { max, plus, analytics, calls } = tiers
    const { customerId } = await customerOn(max)
    expect(await access(customerId, analytics)).toMatchObject({
      hasAccess: true,
      inherited: true,
      sources: [{ planId: max, inheritedFrom: plus }],
    })
    expect(await access(customerId, calls)).toMatchObject({ inherited: false, limit: 1000 })
  })

  it("follows its parent's edits, and not where it has a value of its own", async () => {
    const { basic, plus, max, calls } = tiers
    const [onPlus, onMax] = [await customerOn(plus), await customerOn(max)]
    await bodyOf(edit(basic, { [calls]: { limit: 25 } }))
    expect(await access(onPlus.customerId, calls)).toMatchObject({ limit: 25 })
    expect(await access(onMax.customerId, calls)).toMatchObject({ limit: 1000 })
  })

  it('follows again once its own value is taken back', async () => {
    const { basic, max, calls } = tiers
    const { customerId } = await customerOn(max)
    await bodyOf(edit(max, { [calls]: null }))
    expect(await marks(max)).toMatchObject({ [calls]: `inherited from ${basic}` })
    expect(await access(customerId, calls)).toMatchObject({ limit: 10, inherited: true })
  })

  it('can go without something that its parent has', async () => {
    const { max, plus, analytics } = tiers
    const { customerId } = await customerOn(max)
    await bodyOf(edit(max, { [analytics]: { removed: true } }))
    expect(await marks(max)).toMatchObject({ [analytics]: `removed from ${plus}` })
    expect(await access(customerId, analytics)).toMatchObject({ reason: 'not_in_plan' })
  })

  it('states a whole allowance: what an edit leaves out comes from the one in force', async () => {
    const { basic, plus, calls } = tiers
    const { allowances } = await bodyOf(edit(plus, { [calls]: { limit: 50 } }))
    expect(allowances[calls]).toMatchObject({ limit: 50, reset: 'monthly', enforcement: 'hard' })
    await bodyOf(edit(basic, { [calls]: { reset: 'weekly' } }))
    const { customerId } = await customerOn(plus)
    const { period } = await access(customerId, calls)
    expect(Date.parse(period.endAt) - Date.parse(period.startAt)).toBeGreaterThan(27 * 86_400_000)
  })

  it('leaves usage alone when a limit moves', async () => {
    const { basic, calls } = tiers
    const { customerId } = await customerOn(basic)
    await report(customerId, calls, 'set', 8)
    await bodyOf(edit(basic, { [calls]: { limit: 5 } }))
    expect(await access(customerId, calls)).toMatchObject({
      reason: 'limit_reached',
      used: 8,
      overage: 3,
    })
    await bodyOf(edit(basic, { [calls]: { limit: 20 } }))
    expect(await access(customerId, calls)).toMatchObject({ reason: 'within_limit', balance: 12 })
  })
})

describe('the regions of the demo', () => {
  it('make EU Pro of US Pro with GDPR tools and regions of its own', async () => {
    expect(await marks('eu-pro')).toMatchObject({
      'gdpr-tools': 'own from eu-pro',
      regions: 'overridden from eu-pro',
      messages: 'inherited from us-pro',
      'advanced-analytics': 'inherited from us-pro',
    })
    expect(await access('berlin-co', 'gdpr-tools')).toMatchObject({ reason: 'enabled' })
    expect(await access('boston-co', 'gdpr-tools')).toMatchObject({ reason: 'not_in_plan' })
    expect(await access('berlin-co', 'regions')).toMatchObject({ value: ['eu-central', 'eu-west'] })
    expect(await access('berlin-co', 'branding')).toMatchObject({ inherited: true })
  })
})

describe('a feature that moves', () => {
  it('from the dearest plan to the middle one by one PATCH is granted to a customer there at the next check', async () => {
    const { plus, sso } = tiers
    const { customerId } = await customerOn(plus)
    expect(await access(customerId, sso)).toMatchObject({ reason: 'not_in_plan' })
    const { consistencyToken, propagation } = await bodyOf(edit(plus, { [sso]: { enabled: true } }))
    expect(propagation).toBe('done')
    expect(await access(customerId, sso, `&consistencyToken=${consistencyToken}`)).toMatchObject({
      hasAccess: true,
      reason: 'enabled',
      sources: [{ planId: plus }],
    })
    expect(await access(customerId, sso)).toMatchObject({ hasAccess: true })
  })
})

describe('variants of a plan', () => {
  it('are sold side by side, each at its price, without the application knowing', async () => {
    const { plus, analytics } = tiers
    const variant = `${plus}-b`
    await bodyOf(
      api.put(`/plans/${variant}`, {
        parentId: plus,
        rank: 2,
        prices: [{ chargePeriod: 'monthly', amount: 1900, currency: 'USD' }],
      }),
    )
    const [a, b] = [await customerOn(plus), await customerOn(variant)]
    expect(await access(a.customerId, analytics)).toMatchObject({ hasAccess: true })
    expect(await access(b.customerId, analytics)).toMatchObject({ hasAccess: true })
  })

  it('are private for a deal, and give what was agreed', async () => {
    expect(await bodyOf(api.get('/plans/globex-deal'))).toMatchObject({ visibility: 'private' })
    expect(await access('globex', 'api-calls')).toMatchObject({ limit: 750_000 })
    expect(await access('globex', 'sso')).toMatchObject({ hasAccess: true })
    const { hint } = await access('pro-co', 'sso')
    expect(hint).not.toMatch(/globex/)
  })
})
