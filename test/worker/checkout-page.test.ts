import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { down } from '../support/bindings.ts'
import {
  given,
  opened,
  openShop,
  paid,
  press,
  sessionNow,
  type Session,
} from '../support/checkout.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager } from '../support/manager.ts'

let api: Manager

beforeEach(async () => {
  await fresh()
  api = await manager()
  await openShop(api)
})

/** The page as text, without its style. */
async function pageOf({ id }: Pick<Session, 'id'>, query = ''): Promise<string> {
  const { status, body } = await api.get(`/checkout/${id}${query}`)
  expect(status).toBe(200)
  return String(body['text']).replace(/<style.*<\/style>/s, '')
}

/** What it says to a reader. */
const words = (page: string) => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

describe('the page of a session', () => {
  it('says what is sold, for how much, to whom, and that it is a sandbox', async () => {
    const session = await opened(api, { customerId: 'acme', cancelUrl: 'https://app.test/back' })
    const page = await pageOf(session)
    const text = words(page)
    for (const part of [
      'Buy Pro',
      '$99 a month',
      'Due today $99',
      'Customer acme',
      'Single sign-on',
      'api-calls 1,000 calls a month',
      'This is a sandbox',
    ])
      expect(text).toContain(part)
    expect(page).toContain('href="https://app.test/back"')
    expect(page.match(/<button/g)).toHaveLength(3)
  })

  it('with D1 down is still a page, which says that it can be tried again', async () => {
    const session = await opened(api)
    const { status, headers, body } = await api.over({ DB: down.DB }).get(`/checkout/${session.id}`)
    expect([status, headers.get('Content-Type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(headers.get('Retry-After')).toBe('1')
    expect(words(String(body['text']))).toContain('Please try again in a moment')
  })

  it('needs nothing and nobody else', async () => {
    const session = await opened(api)
    const { headers, body } = await api.get(`/checkout/${session.id}`)
    expect(headers.get('Content-Security-Policy')).toMatch(
      /^default-src 'none'; style-src 'nonce-[\w-]+'; img-src data:; base-uri 'none'; form-action 'self' https:; frame-ancestors 'none'$/,
    )
    expect(headers.get('Cache-Control')).toBe('private, no-store')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(body['text']).not.toMatch(/<script|\son\w+=|\sstyle=|src=/)
    expect(String(body['text']).match(/<(main|h1|header)\b/g)).toHaveLength(3)
  })

  it.each([
    [{ planId: 'tried' }, ['Free trial 14 days', 'First payment', 'Due today nothing']],
    [{ planId: 'pack', quantity: 3 }, ['Quantity 3, together $15 a month', 'api-calls 300 calls']],
    [{ planId: 'pack', chargePeriod: 'one_time' }, ['$7 once', 'Due today $7']],
    [{ currency: 'EUR' }, ['€89 a month']],
  ])('tells of %j', async (input, parts) => {
    const text = words(await pageOf(await opened(api, input)))
    for (const part of parts) expect(text).toContain(part)
  })

  it('tells of an upgrade what it takes the place of, and of a downgrade when it begins', async () => {
    await expectOk(api.put('/v1/customers/acme', {}))
    await given(api, 'acme', { planId: 'pro', chargePeriod: 'monthly' })
    const up = words(await pageOf(await opened(api, { customerId: 'acme', planId: 'deal' })))
    expect(up).toContain('Takes the place of Pro')
    expect(up).toContain('Due today $50')
    const down = words(await pageOf(await opened(api, { customerId: 'acme', planId: 'starter' })))
    await paid(api, await opened(api, { customerId: 'acme', planId: 'deal' }))
    const later = await paid(api, await opened(api, { customerId: 'acme', planId: 'starter' }))
    expect(words(await pageOf(later))).toMatch(/yours from \w+ \d+, \d{4} on\. Nothing was charged/)
    expect(down).toMatch(/Takes the place of Pro Begins \w+ \d+, \d{4} Due today nothing/)
  })

  it('makes no markup of what a catalogue says', async () => {
    await expectOk(api.patch('/v1/plans/pro', { name: '<b>Pro"', description: '<i>' }))
    const page = await pageOf(await opened(api))
    expect(page).toContain('Buy &lt;b&gt;Pro&quot;')
    expect(page).not.toMatch(/<[bi]>/)
  })

  it('says after a payment that failed why, and asks again', async () => {
    const session = await opened(api)
    const { headers } = await press(api, session, 'decline')
    expect(headers.get('Location')).toBe(`/checkout/${session.id}?step=declined`)
    const page = await pageOf(session, '?step=declined')
    expect(page).toContain('role="alert"')
    expect(words(page)).toContain('declined')
    expect(words(await pageOf(session, '?step=failed'))).toContain('not be confirmed')
  })

  it('has a second step where it is to be confirmed', async () => {
    const text = await pageOf(await opened(api), '?step=authenticate')
    expect(text).toContain('value="approve"')
    expect(text).toContain('value="fail"')
    expect(text).not.toContain('value="pay"')
  })

  it('says how it ended, and sells nothing any more', async () => {
    const done = await paid(api, await opened(api, { customerId: 'acme' }))
    const thanks = await pageOf(done)
    expect(words(thanks)).toContain('Pro is yours. $99 was charged.')
    expect(thanks).toContain(`consistencyToken=${done.consistencyToken}`)
    expect(thanks).not.toContain('<form')
    const late = await opened(api)
    await env.DB.prepare('UPDATE checkout_sessions SET expires_at = 5 WHERE id = ?')
      .bind(late.id)
      .run()
    const { status, body } = await api.get(`/checkout/${late.id}`)
    expect(status).toBe(409)
    expect(body['text']).toContain('Nothing was bought')
  })

  it('takes no second payment for the same plan, on whatever page that was open beside', async () => {
    const [one, other] = [
      await opened(api, { customerId: 'acme' }),
      await opened(api, { customerId: 'acme' }),
    ]
    await paid(api, one)
    const { status, body } = await press(api, other, 'pay')
    expect(status).toBe(409)
    expect(words(String(body['text']))).toContain('Nothing was charged')
    expect(await sessionNow(api, other)).toMatchObject({ status: 'open', subscriptionId: null })
  })

  it('is friendly where there is none', async () => {
    for (const id of ['cs_nobody', 'x'.repeat(64), encodeURIComponent('<b>')]) {
      const { status, body } = await api.get(`/checkout/${id}`)
      expect(status).toBe(404)
      expect(body['text']).toContain('There is no such page')
    }
    expect((await api.get('/checkout/cs_nobody/return')).status).toBe(404)
  })

  it.each(['', 'outcome=', 'outcome=steal', 'outcome=pay&more=1', 'outcome=pay&outcome=pay'])(
    'does nothing for a form that it does not have: %s',
    async (form) => {
      const session = await opened(api)
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      const reply = await api.send('POST', `/checkout/${session.id}`, { body: form, headers })
      expect(reply.status).toBe(400)
    },
  )
})

describe('the way back', () => {
  it('leads to the end of a session that is paid, and from one that is not to where it is paid', async () => {
    const open = await opened(api, { successUrl: 'https://app.test/a?b={CHECKOUT_SESSION_ID}' })
    const back = () => api.get(`/checkout/${open.id}/return`)
    expect((await back()).headers.get('Location')).toBe(open['url'])
    const { consistencyToken } = await paid(api, open)
    expect((await back()).headers.get('Location')).toBe(
      `https://app.test/a?b=${open.id}&consistencyToken=${consistencyToken}`,
    )
  })
})
