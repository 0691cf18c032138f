import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { asked, opened, openShop, paid, press } from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, idsOf, type Manager, manager } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

describe('sessions', () => {
  it('are listed newest first, by customer and by status', async () => {
    const first = await opened(api, { customerId: 'acme' })
    const second = await opened(api, { customerId: 'acme', planId: 'starter' })
    const third = await opened(api)
    await paid(api, second)
    await expectOk(api.post(`/v1/checkout/sessions/${third.id}/expire`, {}))
    const list = async (query: string) =>
      idsOf(await expectOk(api.get(`/v1/checkout/sessions${query}`)))
    expect(await list('')).toEqual([third.id, second.id, first.id])
    expect(await list('?customerId=acme')).toEqual([second.id, first.id])
    expect(await list('?status=open')).toEqual([first.id])
    expect(await list('?status=completed')).toEqual([second.id])
    expect(await list('?status=expired')).toEqual([third.id])
    const { body } = await expectOk(api.get('/v1/checkout/sessions?pageSize=1'))
    const next = encodeURIComponent(String(body['nextCursor']))
    expect(await list(`?pageSize=1&cursor=${next}`)).toEqual([second.id])
  })

  it('that nobody has made are not found', async () => {
    const id = 'cs_0000000000000000000000zzzz'
    expect((await api.get(`/v1/checkout/sessions/${id}`)).body).toMatchObject({
      code: 'session_not_found',
    })
    expect((await api.post(`/v1/checkout/sessions/${id}/expire`, {})).status).toBe(404)
    expect((await press(api, { id }, 'pay')).status).toBe(404)
  })
})

describe('a session of long ago', () => {
  it('is forgotten thirty days after its last day; what it sold stays', async () => {
    const old = await paid(api, await opened(api, { customerId: 'acme' }))
    const recent = await opened(api, { customerId: 'other' })
    const end = 'UPDATE checkout_sessions SET expires_at = ? WHERE id = ?'
    await env.DB.prepare(end)
      .bind(Date.now() - 31 * 864e5, old.id)
      .run()
    await env.DB.prepare(end)
      .bind(Date.now() - 29 * 864e5, recent.id)
      .run()
    await tick(portsFrom(env), 'local')
    expect(idsOf(await expectOk(api.get('/v1/checkout/sessions')))).toEqual([recent.id])
    expect(await asked(api, 'acme', 'sso')).toMatchObject({ hasAccess: true })
  })
})
