import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
})

describe('a path of Kelviq’s API', () => {
  it('is served with a slash at its end and without, and never redirected', async () => {
    await api.put('/customers/acme', { name: 'Acme' })
    for (const path of ['/customers/acme', '/customers/acme/']) {
      expect(await kelviq('GET', path)).toMatchObject({
        status: 200,
        body: { customerId: 'acme', name: 'Acme' },
      })
    }
  })

  it.each([
    ['org/1 x', '/customers/org/1%20x/'],
    ['org/1 x', '/customers/org%2F1%20x'],
    ['50%', '/customers/50%/'],
    ['a//b', '/customers/a//b/'],
    ['list/', '/customers/list//'],
  ])('names customer “%s” as %s', async (customerId, path) => {
    await api.put(`/customers/${encodeURIComponent(customerId)}`, {})
    expect(await kelviq('GET', path)).toMatchObject({ status: 200, body: { customerId } })
  })

  it('that nobody knows is 404, with another method 405, and both say so in `detail`', async () => {
    for (const path of ['/nothing/', '/', '/customersx/', '/catalog/'])
      expect(await kelviq('GET', path)).toMatchObject({
        status: 404,
        body: { code: 'route_not_found', detail: expect.stringContaining(path) },
      })
    const answer = await kelviq('PUT', '/customers/acme/', {})
    expect(answer).toMatchObject({
      status: 405,
      body: { code: 'method_not_allowed', detail: expect.stringContaining('GET') },
    })
    expect(answer.headers.get('Allow')).toContain('GET')
  })
})

describe('a caller of Kelviq’s API', () => {
  it('is refused without a key, and with one that may not, in Kelviq’s form', async () => {
    const nobody = await kelviq('GET', '/customers/acme/', undefined, { Authorization: '' })
    expect(nobody).toMatchObject({
      status: 401,
      body: { code: 'credential_missing', detail: expect.any(String) },
    })
    const reader = await kelviqWith('usage')
    expect(await reader('GET', '/customers/acme/')).toMatchObject({
      status: 403,
      body: { code: 'scope_missing', detail: expect.stringContaining("'read'") },
    })
  })

  it('hears of what Sluice has not', async () => {
    for (const [method, path, status] of [
      ['POST', '/license/activate/', 501],
      ['POST', '/license/validate/', 501],
      ['POST', '/license/deactivate/', 501],
      ['GET', '/promotions/?promotion_id=p', 404],
      ['GET', '/monetization/product-offering/p/?customer_id=c', 404],
    ] as const) {
      const answer = await kelviq(method, path, method === 'GET' ? undefined : { license_key: 'L' })
      expect([path, answer.status, typeof answer.body.detail]).toEqual([path, status, 'string'])
    }
  })
})
