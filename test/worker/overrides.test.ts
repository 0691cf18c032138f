import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { Api } from '../support/api.ts'
import { bodyOf, clockAt, OPENING, openStorefront } from '../support/storefront.ts'

let api: Api

beforeEach(async () => {
  api = (await openStorefront()).api
})

afterEach(() => {
  vi.useRealTimers()
})

const onPro = () =>
  bodyOf(api.post('/customers/acme/subscriptions', { planId: 'pro', chargePeriod: 'monthly' }))

const put = (featureId: string, body: object, headers?: HeadersInit) =>
  api.put(`/customers/acme/overrides/${featureId}`, body, headers)

const revert = (featureId: string, headers?: HeadersInit) =>
  api.delete(`/customers/acme/overrides/${featureId}`, headers)

const entitlementTo = (featureId: string) =>
  bodyOf(api.get(`/access?customerId=acme&featureId=${featureId}`))

describe('an override', () => {
  it('answers what it is, and with whose word', async () => {
    await onPro()
    const { status, body, headers } = await put('api-calls', {
      allowance: { limit: 5000 },
      reason: 'Proof of concept',
      expiresAt: '2026-03-01T00:00:00Z',
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      customerId: 'acme',
      featureId: 'api-calls',
      allowance: { limit: 5000 },
      standalone: false,
      reason: 'Proof of concept',
      startAt: OPENING,
      expiresAt: '2026-03-01T00:00:00.000Z',
      createdAt: OPENING,
      createdBy: expect.stringMatching(/^key:key_/),
      revision: expect.any(Number),
      propagation: 'done',
      consistencyToken: expect.any(String),
    })
    expect(headers.get('ETag')).toBe(`"${body.revision}"`)
  })

  it('decides alone from now until it expires, and is marked', async () => {
    await onPro()
    expect(await entitlementTo('api-calls')).toMatchObject({ limit: 1000, overridden: false })
    await put('api-calls', { allowance: { limit: 5000 }, expiresAt: '2026-02-10T00:00:00Z' })
    expect(await entitlementTo('api-calls')).toMatchObject({ limit: 5000, overridden: true })
    clockAt('2026-02-09T23:59:59.999Z')
    expect(await entitlementTo('api-calls')).toMatchObject({ limit: 5000 })
    clockAt('2026-02-10T00:00:00Z')
    expect(await entitlementTo('api-calls')).toMatchObject({ limit: 1000, overridden: false })
  })

  it('can be reverted at any time, and only once', async () => {
    await onPro()
    await put('sso', { allowance: { enabled: false } })
    expect(await entitlementTo('sso')).toMatchObject({ hasAccess: false, reason: 'disabled' })
    expect((await revert('sso')).body).toMatchObject({ featureId: 'sso', propagation: 'done' })
    expect(await entitlementTo('sso')).toMatchObject({ hasAccess: true, overridden: false })
    const again = await revert('sso')
    expect([again.status, again.body.code]).toEqual([404, 'override_not_found'])
  })

  it('is replaced by a later one of the same feature', async () => {
    await onPro()
    await put('api-calls', { allowance: { limit: 5000 } })
    await put('api-calls', { allowance: { enforcement: 'soft' }, reason: null })
    const { data } = await bodyOf(api.get('/customers/acme/overrides'))
    expect(data).toEqual([
      expect.objectContaining({ featureId: 'api-calls', allowance: { enforcement: 'soft' } }),
    ])
    expect(await entitlementTo('api-calls')).toMatchObject({ limit: 1000, enforcement: 'soft' })
  })

  it('that is put again as it was changes nothing, and keeps its start', async () => {
    await onPro()
    const first = await put('sso', { allowance: { enabled: true } })
    clockAt('2026-02-10T00:00:00Z')
    const second = await put('sso', { allowance: { enabled: true } })
    expect(second.body.revision).toBe(first.body.revision)
    expect(second.body.startAt).toBe(OPENING)
  })

  it('that stands alone applies without any subscription', async () => {
    await put('sso', { allowance: { enabled: true } })
    expect(await entitlementTo('sso')).toMatchObject({ reason: 'no_subscription' })
    await put('sso', { allowance: { enabled: true }, standalone: true })
    expect(await entitlementTo('sso')).toMatchObject({ reason: 'enabled', overridden: true })
  })

  it('may give what no plan gives, if it says enough', async () => {
    await onPro()
    await put('theme', { allowance: { value: { colour: 'red' } } })
    expect(await entitlementTo('theme')).toMatchObject({
      reason: 'value',
      value: { colour: 'red' },
    })
  })

  test.each([
    [
      'of an unknown feature',
      'api-cals',
      { allowance: { limit: 1 } },
      404,
      'feature_not_found',
      "'api-calls'",
    ],
    [
      'of another type',
      'sso',
      { allowance: { limit: 1 } },
      422,
      'allowance_type_mismatch',
      'boolean',
    ],
    [
      'that mixes types',
      'sso',
      { allowance: { enabled: true, limit: 1 } },
      422,
      'allowance_type_mismatch',
      'boolean',
    ],
    [
      'that is impossible',
      'api-calls',
      { allowance: { reset: 'every_28_days', anchor: 'calendar' } },
      400,
      'invalid_request',
      '/allowance/',
    ],
    [
      'that contradicts itself',
      'api-calls',
      { allowance: { limit: 'unlimited', alertsAt: [80] } },
      400,
      'invalid_request',
      '/allowance/alertsAt',
    ],
    [
      'that expires before it starts',
      'sso',
      { allowance: { enabled: true }, expiresAt: OPENING },
      400,
      'invalid_request',
      '/expiresAt',
    ],
    ['that says nothing', 'sso', { allowance: {} }, 400, 'invalid_request', '/allowance'],
  ])('%s is refused', async (_, featureId, body, status, code, hint) => {
    await onPro()
    const answer = await put(featureId, body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(JSON.stringify(answer.body)).toContain(hint)
    expect((await bodyOf(api.get('/customers/acme/overrides'))).data).toEqual([])
  })

  it('of a meter that no plan gives needs a limit', async () => {
    const { body } = await put('api-calls', { allowance: { enforcement: 'soft' } })
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/allowance/limit' })])
  })

  it('of an archived feature is refused unless it is there already', async () => {
    await onPro()
    await put('theme', { allowance: { value: 1 } })
    await bodyOf(api.delete('/features/theme'))
    expect((await put('theme', { allowance: { value: 2 } })).status).toBe(200)
    await revert('theme')
    expect((await put('theme', { allowance: { value: 3 } })).body.code).toBe('unknown_reference')
  })

  it('of an unknown customer is refused', async () => {
    const path = '/customers/nobody/overrides/sso'
    expect((await api.put(path, { allowance: { enabled: true } })).status).toBe(404)
    expect((await api.delete(path)).status).toBe(404)
    expect((await api.get('/customers/nobody/overrides')).status).toBe(404)
  })

  it('is edited only as it was read, if the caller says so', async () => {
    await onPro()
    const first = await put('sso', { allowance: { enabled: true } })
    const known = { 'If-Match': first.headers.get('ETag')! }
    const second = await put('sso', { allowance: { enabled: false } }, known)
    expect(second.status).toBe(200)
    const stale = await put('sso', { allowance: { enabled: true } }, known)
    expect([stale.status, stale.body.code]).toEqual([412, 'revision_mismatch'])
    expect((await revert('sso', known)).status).toBe(412)
    expect((await revert('sso', { 'If-Match': second.headers.get('ETag')! })).status).toBe(200)
  })
})

it('lists overrides by feature, page by page', async () => {
  await onPro()
  for (const featureId of ['theme', 'sso']) {
    const allowance = featureId === 'sso' ? { enabled: true } : { value: 1 }
    await bodyOf(put(featureId, { allowance }))
  }
  const first = await bodyOf(api.get('/customers/acme/overrides?pageSize=1'))
  const rest = await bodyOf(api.get(`/customers/acme/overrides?cursor=${first.nextCursor}`))
  expect([first.data[0].featureId, rest.data[0].featureId]).toEqual(['sso', 'theme'])
  expect(rest.nextCursor).toBeNull()
})
