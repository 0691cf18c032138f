import { describe, expect, it } from 'vitest'
import { api } from '../support/service.ts'
import { access, bodyOf, consume, customerOn, daysFromNow, newCustomer } from './customers.ts'

const override = (customerId: string, featureId: string, body: object) =>
  api.put(`/customers/${customerId}/overrides/${featureId}`, body)

describe('an override', () => {
  it('gives one customer another limit, marked wherever it shows, and leaves the plan alone', async () => {
    const [special, plain] = [await customerOn('starter'), await customerOn('starter')]
    const plan = await bodyOf(api.get('/plans/starter'))
    const expiresAt = daysFromNow(3)
    const body = { allowance: { limit: 5000 }, reason: 'Proof of concept', expiresAt }
    await bodyOf(override(special.customerId, 'api-calls', body))

    const answer = await access(special.customerId, 'api-calls')
    expect(answer).toMatchObject({ limit: 5000, balance: 5000, overridden: true })
    expect(answer.sources).toContainEqual(expect.objectContaining({ kind: 'override', expiresAt }))
    const { data } = await bodyOf(
      api.get(`/customers/${special.customerId}/entitlements?featureId=api-calls`),
    )
    expect(data).toMatchObject([{ limit: 5000, overridden: true }])
    expect(await access(plain.customerId, 'api-calls')).toMatchObject({
      limit: 1000,
      overridden: false,
    })
    expect(await bodyOf(api.get('/plans/starter'))).toEqual(plan)
  })

  it('is listed with its reason and who gave it', async () => {
    const { customerId } = await customerOn('starter')
    await bodyOf(override(customerId, 'sso', { allowance: { enabled: true }, reason: 'VIP' }))
    const { data } = await bodyOf(api.get(`/customers/${customerId}/overrides`))
    expect(data).toMatchObject([
      {
        featureId: 'sso',
        reason: 'VIP',
        expiresAt: null,
        createdBy: expect.stringMatching(/^key:key_/),
      },
    ])
  })

  it('is taken back at any time; what was used stays used', async () => {
    const { customerId } = await customerOn('starter')
    await bodyOf(override(customerId, 'api-calls', { allowance: { limit: 5000 } }))
    expect(await consume(customerId, 'api-calls', 1200)).toMatchObject({ consumed: true })
    await bodyOf(api.delete(`/customers/${customerId}/overrides/api-calls`))
    expect(await access(customerId, 'api-calls')).toMatchObject({
      overridden: false,
      limit: 1000,
      used: 1200,
      overage: 200,
      reason: 'limit_reached',
    })
  })

  it('keeps what it does not say: the rhythm stays as the plan has it', async () => {
    const { customerId } = await customerOn('starter')
    const { resetAt } = await access(customerId, 'api-calls')
    await bodyOf(override(customerId, 'api-calls', { allowance: { limit: 'unlimited' } }))
    expect(await access(customerId, 'api-calls')).toMatchObject({ reason: 'unlimited', resetAt })
  })

  it('gives a feature that the plan lacks, or takes away one that it has', async () => {
    const { customerId } = await customerOn('starter')
    await bodyOf(override(customerId, 'sso', { allowance: { enabled: true } }))
    await bodyOf(override(customerId, 'basic-dashboard', { allowance: { enabled: false } }))
    expect(await access(customerId, 'sso')).toMatchObject({ hasAccess: true, overridden: true })
    expect(await access(customerId, 'basic-dashboard')).toMatchObject({
      hasAccess: false,
      reason: 'disabled',
      overridden: true,
    })
  })

  it('waits for its start, and warns before its end', async () => {
    const { customerId } = await customerOn('starter')
    const allowance = { enabled: true }
    await bodyOf(override(customerId, 'sso', { allowance, startAt: daysFromNow(1) }))
    expect(await access(customerId, 'sso')).toMatchObject({ hasAccess: false })
    const dates = { startAt: daysFromNow(-1), expiresAt: daysFromNow(1) }
    await bodyOf(override(customerId, 'sso', { allowance, ...dates }))
    const { hasAccess, warnings } = await access(customerId, 'sso')
    expect(hasAccess).toBe(true)
    expect(warnings).toMatchObject([{ code: 'override_expires' }])
  })

  it('applies only beside a plan, unless it stands alone', async () => {
    const customerId = await newCustomer()
    await bodyOf(override(customerId, 'sso', { allowance: { enabled: true } }))
    expect(await access(customerId, 'sso')).toMatchObject({ reason: 'no_subscription' })
    await bodyOf(override(customerId, 'sso', { allowance: { enabled: true }, standalone: true }))
    expect(await access(customerId, 'sso')).toMatchObject({ hasAccess: true, reason: 'enabled' })
  })

  it('may put another value in the place of a customizable one', async () => {
    const { customerId } = await customerOn('us-pro')
    const value = ['us-east', 'eu-west']
    await bodyOf(override(customerId, 'regions', { allowance: { value } }))
    expect(await access(customerId, 'regions')).toMatchObject({ value, overridden: true })
  })

  it.each([
    ['of another type', 'sso', { allowance: { limit: 3 } }, 422, 'allowance_type_mismatch'],
    ['of nothing', 'sso', { allowance: {} }, 400, 'invalid_request'],
    ['of a feature unknown', 'ssoo', { allowance: { enabled: true } }, 404, 'feature_not_found'],
    [
      'that ends before it starts',
      'sso',
      { allowance: { enabled: true }, expiresAt: '2020-01-01T00:00:00Z' },
      400,
      'invalid_request',
    ],
  ])('%s is refused', async (_, featureId, body, status, code) => {
    const { customerId } = await customerOn('starter')
    const reply = await override(customerId, featureId, body)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect((await bodyOf(api.get(`/customers/${customerId}/overrides`))).data).toEqual([])
  })

  it('that is not there cannot be taken back', async () => {
    const { customerId } = await customerOn('starter')
    const reply = await api.delete(`/customers/${customerId}/overrides/sso`)
    expect([reply.status, reply.body.code]).toEqual([404, 'override_not_found'])
  })
})
