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

describe('a list of Kelviq’s API', () => {
  const names = ['ada', 'bob', 'cleo', 'dora', 'eve']

  beforeAll(async () => {
    for (const name of names) await api.put(`/customers/pg-${name}`, { name: `Pager ${name}` })
  })

  it('goes through all of it in numbered pages, each once, with links that lead on', async () => {
    const seen: string[] = []
    let path: string | null = '/customers/?page_size=2&search=pager'
    const counts: number[] = []
    while (path !== null) {
      const { status, body } = await kelviq('GET', path)
      expect(status).toBe(200)
      counts.push(body.count)
      for (const each of body.results) seen.push(each.name)
      if (seen.length > names.length) break
      expect(body.next === null || body.next.startsWith('https://sluice.test/api/v1/')).toBe(true)
      path = body.next === null ? null : body.next.slice('https://sluice.test/api/v1'.length)
    }
    expect(counts).toEqual([5, 5, 5])
    expect(seen.toSorted()).toEqual(names.map((name) => `Pager ${name}`))
  })

  it('leads back too, and says where it ends', async () => {
    const second = await kelviq('GET', '/customers/?page=2&page_size=3&search=pager')
    expect(second.body.results).toHaveLength(2)
    expect(second.body.previous).toContain('page=1')
    expect(second.body.next).toBeNull()
    for (const page of ['3', '0', '-1', 'last', '1.5']) {
      expect(
        await kelviq('GET', `/customers/?page=${page}&page_size=3&search=pager`),
      ).toMatchObject({ status: 404, body: { detail: 'Invalid page.' } })
    }
  })

  it('takes a page size that is none for the usual one, one too large for the largest, and ignores what it does not know', async () => {
    for (const size of ['0', 'x', '1000000', '-3']) {
      const { status, body } = await kelviq(
        'GET',
        `/customers/?search=pager&page_size=${size}&customerId=acme&order=up`,
      )
      expect([status, body.count, body.results.length]).toEqual([200, 5, 5])
    }
  })

  it('is empty where nobody is found', async () => {
    expect(await kelviq('GET', '/customers/?search=nobody-is-called-so')).toMatchObject({
      status: 200,
      body: { count: 0, next: null, previous: null, results: [] },
    })
  })
})
