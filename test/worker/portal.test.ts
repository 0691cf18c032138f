import { exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { bodyOf, clockAt, openStorefront, type Storefront } from '../support/storefront.ts'

let shop: Storefront

beforeEach(async () => {
  shop = await openStorefront()
})

const LINK = '/customers/acme/portal-sessions'
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** The path of a new link to a customer's page. */
async function link(body: object = {}, customerId = 'acme'): Promise<string> {
  const { url } = await bodyOf(shop.api.post(`/customers/${customerId}/portal-sessions`, body))
  return String(url).slice(ORIGIN.length)
}

const ORIGIN = 'https://sluice.test'

interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** What a reader reads. */
  readonly text: string
}

async function visit(path: string, init: RequestInit = {}): Promise<Seen> {
  const response = await exports.default.fetch(ORIGIN + path, { redirect: 'manual', ...init })
  const { status, headers } = response
  const html = await response.text()
  const text = html
    .replace(/<style[\s\S]*?<\/style>/, '')
    .replaceAll(/<meter[\s\S]*?<\/meter>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([.,:])/g, '$1')
    .trim()
  return { status, headers, html, text }
}

/** Sends a form, and follows where it leads. */
async function submit(path: string): Promise<Seen> {
  const { status, headers } = await visit(path, { method: 'POST', headers: FORM })
  expect(status).toBe(303)
  return visit(headers.get('Location') ?? '')
}

const consume = (quantity: number) =>
  bodyOf(shop.api.post('/consume', { customerId: 'acme', featureId: 'api-calls', quantity }))

const view = (id: string) => bodyOf(shop.api.get(`/subscriptions/${id}`))

describe('a link', () => {
  it('opens for half an hour, and says until when', async () => {
    const { status, body } = await shop.api.post(LINK)
    expect([status, body.expiresAt]).toEqual([201, '2026-01-31T10:30:00.000Z'])
    expect(body.url).toMatch(/^https:\/\/sluice\.test\/portal\/[\w-]+\.\d+\.[\w-]{43}$/)
    clockAt('2026-01-31T10:29:59.999Z')
    expect((await visit(body.url.slice(ORIGIN.length))).status).toBe(200)
    clockAt('2026-01-31T10:30:00Z')
    const late = await visit(body.url.slice(ORIGIN.length))
    expect([late.status, late.text]).toEqual([410, expect.stringContaining('has expired')])
  })

  it('opens for as long as is asked, up to a day', async () => {
    const { body } = await shop.api.post(LINK, { ttlSeconds: 86_400 })
    expect(body.expiresAt).toBe('2026-02-01T10:00:00.000Z')
    for (const ttlSeconds of [59, 86_401, 1.5]) {
      expect((await shop.api.post(LINK, { ttlSeconds })).body.errors[0].pointer).toBe('/ttlSeconds')
    }
  })

  it('is another one each time, but the same for a request that is repeated', async () => {
    expect(await link()).not.toBe(await link())
    const headers = { 'Idempotency-Key': 'once' }
    const first = await shop.api.post(LINK, {}, headers)
    const second = await shop.api.post(LINK, {}, headers)
    expect(second.body).toEqual(first.body)
    expect(second.headers.get('Idempotent-Replayed')).toBe('true')
    const other = await shop.api.post(LINK, { ttlSeconds: 60 }, headers)
    expect(other.body.code).toBe('idempotency_key_reused')
  })

  it('is nowhere in the stores: not in the log, not beside the idempotency key', async () => {
    const { env } = await import('cloudflare:workers')
    const { body } = await shop.api.post(LINK, {}, { 'Idempotency-Key': 'once' })
    const mac = body.url.split('.').at(-1)
    for (const table of ['changes', 'idempotency']) {
      const { results } = await env.DB.prepare(`SELECT * FROM ${table}`).all()
      expect(JSON.stringify(results)).not.toContain(mac)
    }
    const { data } = await bodyOf(shop.api.get('/audit?customerId=acme'))
    expect(data[0]).toMatchObject({
      action: 'portal_sessions.create',
      resource: 'customers/acme/portal-sessions',
      before: null,
      after: { expiresAt: body.expiresAt, returnUrl: null },
    })
  })

  it('leads back to where the application says', async () => {
    const { html } = await visit(await link({ returnUrl: 'https://app.example/account?tab=1&x' }))
    expect(html).toContain('href="https://app.example/account?tab=1&amp;x"')
    for (const returnUrl of [
      'javascript:alert(1)',
      '/account',
      'https://a:b@app.example/',
      'ftp://a.example',
    ]) {
      const { status, body } = await shop.api.post(LINK, { returnUrl })
      expect([status, body.code]).toEqual([422, 'url_not_allowed'])
    }
    const long = await shop.api.post(LINK, {
      returnUrl: `https://app.example/${'a'.repeat(1_024)}`,
    })
    expect(long.body.errors[0].pointer).toBe('/returnUrl')
  })

  it('is made for nobody whom nobody knows', async () => {
    const { status, body } = await shop.api.post('/customers/nobody/portal-sessions')
    expect([status, body.code]).toEqual([404, 'customer_not_found'])
  })

  it('that is forged, cut or made up opens nothing, and tells nothing', async () => {
    const path = await link()
    const own = await bodyOf(shop.api.put('/customers/bcme', {}))
    expect(own.id).toBe('bcme')
    const [packed = '', generation, mac] = path.slice('/portal/'.length).split('.')
    const said = JSON.parse(atob(packed))
    const forged = btoa(JSON.stringify(['bcme', ...said.slice(1)])).replace(/=+$/, '')
    const opened = await Promise.all(
      [
        `/portal/${forged}.${generation}.${mac}`,
        path.slice(0, -1),
        `${path}a`,
        `/portal/${packed}`,
        '/portal/x',
        `/portal/${'a'.repeat(3_000)}.1.${mac}`,
        '/portal/%20',
      ].map((each) => visit(each)),
    )
    for (const { status, text, html } of opened) {
      expect([status, text]).toEqual([403, expect.stringContaining('does not open anything')])
      expect(html).not.toContain('cme')
    }
  })

  it('goes by real time, whatever the customer’s own clock says', async () => {
    const path = await link()
    await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { now: '2027-01-01T00:00:00Z' }))
    expect((await visit(path)).status).toBe(200)
  })
})

describe('the page', () => {
  it('shows the plan, its price, what is used, and what is had', async () => {
    await shop.monthlyPro()
    await consume(250)
    await bodyOf(shop.api.patch('/customers/acme', { name: 'Acme & Sons' }))
    const { status, headers, text, html } = await visit(await link())
    expect(status).toBe(200)
    expect(text).toContain('Acme & Sons'.replace('&', '&amp;'))
    expect(text).toContain('Pro Status Active Price $10 a month')
    expect(text).toContain('Next payment February 28, 2026 at 10:00 UTC')
    expect(text).toContain(
      'API calls 250 of 1,000 used Starts again on February 28, 2026 at 10:00 UTC.',
    )
    expect(text).toContain('What you have Single sign-on')
    expect(html).toMatch(/<meter[^>]*max="1000"[^>]*value="250"/)
    expect(headers.get('Cache-Control')).toBe('private, no-store')
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Content-Security-Policy')).toContain(`default-src 'none'`)
    expect(html).not.toMatch(/<script|\sstyle=|\son\w+=/)
  })

  it('is one customer’s alone', async () => {
    await bodyOf(shop.api.put('/customers/other', { name: 'Other' }))
    await bodyOf(shop.take({ planId: 'starter' }, 'other'))
    const { text } = await visit(await link())
    expect(text).not.toContain('Other')
    expect(text).not.toContain('Starter')
    expect(text).toContain('There is no plan at the moment')
  })

  it('says what lies ahead: a change, a cancellation, the end of a trial', async () => {
    const { id } = await shop.monthlyPro()
    await shop.act(id, 'change', { planId: 'starter' })
    const path = await link({ ttlSeconds: 86_400 })
    expect((await visit(path)).text).toContain(
      'On February 28, 2026 at 10:00 UTC it becomes Starter, for $10 a month.',
    )
    await shop.act(id, 'cancel')
    const canceled = (await visit(path)).text
    expect(canceled).toContain('It ends on February 28, 2026 at 10:00 UTC.')
    expect(canceled).not.toContain('Next payment')
    await shop.act(id, 'cancel', { when: 'now' })
    expect((await visit(path)).text).toContain('It ended on January 31, 2026. It was canceled.')
    await shop.taken({ planId: 'trialled' })
    expect((await visit(path)).text).toContain(
      'The trial is free until February 14, 2026 at 10:00 UTC. It ends there unless it is paid for.',
    )
  })

  it('says that a payment is missing, and what comes of it', async () => {
    const { id } = await shop.monthlyPro()
    await shop.act(id, 'payment-failed')
    const { text } = await visit(await link())
    expect(text).toContain(
      'A payment is missing. Without it, access ends on February 3, 2026 at 10:00 UTC.',
    )
  })

  it('marks what is arranged for this customer, add-ons and quantities', async () => {
    await shop.monthlyPro()
    await shop.taken({ planId: 'seats', quantity: 3 })
    await bodyOf(
      shop.api.put('/customers/acme/overrides/api-calls', {
        allowance: { limit: 5000 },
        expiresAt: '2026-03-05T00:00:00Z',
      }),
    )
    const { text } = await visit(await link())
    expect(text).toContain('3 × Seats Status Active Price $30 a month')
    expect(text).toContain('0 of 5,000 used Arranged for you until March 5, 2026 at 00:00 UTC')
  })

  it('shows the plan that everybody has who takes none', async () => {
    const edit = { features: [], plans: [], defaultPlanId: 'free' }
    await bodyOf(shop.api.put('/catalogue', edit))
    const { text } = await visit(await link())
    expect(text).toContain('Free')
    expect(text).toContain('0 of 10 used')
    expect(text).not.toContain('Cancel')
  })

  it('goes by the customer’s own clock', async () => {
    await shop.monthlyPro()
    await consume(250)
    await bodyOf(shop.api.put('/sandbox/customers/acme/clock', { now: '2026-03-01T00:00:00Z' }))
    expect((await visit(await link())).text).toContain(
      '0 of 1,000 used Starts again on March 31, 2026 at 10:00 UTC.',
    )
  })
})

describe('canceling', () => {
  it('asks first, then ends it at the period’s end, in the customer’s name', async () => {
    const { id } = await shop.monthlyPro()
    const path = await link()
    const { html } = await visit(path)
    expect(html).toContain(`href="${path}/subscriptions/${id}/cancel"`)
    const question = await visit(`${path}/subscriptions/${id}/cancel`)
    expect(question.text).toContain('Cancel Pro?')
    expect(question.text).toContain('until February 28, 2026 at 10:00 UTC')
    expect((await view(id)).cancelAt).toBeNull()
    const done = await submit(`${path}/subscriptions/${id}/cancel`)
    expect(done.text).toContain('It is canceled. You can take that back until it ends.')
    expect(done.text).toContain('It ends on February 28, 2026 at 10:00 UTC.')
    expect(await view(id)).toMatchObject({ status: 'active', cancelAt: '2026-02-28T10:00:00.000Z' })
    const { data } = await bodyOf(shop.api.get('/audit?customerId=acme'))
    expect(data[0]).toMatchObject({
      action: 'subscriptions.cancel',
      actor: { kind: 'portal', id: 'acme' },
    })
  })

  it('is taken back from the same page', async () => {
    const { id } = await shop.monthlyPro()
    const path = await link()
    await submit(`${path}/subscriptions/${id}/cancel`)
    const { text, html } = await submit(`${path}/subscriptions/${id}/undo`)
    expect(text).toContain('That is taken back.')
    expect(html).not.toContain('Do not cancel')
    expect((await view(id)).cancelAt).toBeNull()
  })

  it('twice is once', async () => {
    const { id } = await shop.monthlyPro()
    const path = await link()
    await submit(`${path}/subscriptions/${id}/cancel`)
    const { revision } = await view(id)
    await submit(`${path}/subscriptions/${id}/cancel`)
    expect((await view(id)).revision).toBe(revision)
  })

  it('is not offered where there is no period to wait for, or it is over', async () => {
    const { id } = await shop.taken({ planId: 'free' })
    const path = await link()
    expect((await visit(path)).html).not.toContain('/cancel"')
    const asked = await visit(`${path}/subscriptions/${id}/cancel`)
    expect([asked.status, asked.headers.get('Location')]).toEqual([303, `${path}?news=refused`])
    const { text } = await submit(`${path}/subscriptions/${id}/cancel`)
    expect(text).toContain('That is not possible any more.')
    expect((await view(id)).cancelAt).toBeNull()
  })

  it('another customer’s subscription is as if it did not exist', async () => {
    await bodyOf(shop.api.put('/customers/other', {}))
    const { id } = await bodyOf(shop.take({ planId: 'starter' }, 'other'))
    const path = await link()
    const absent = id.replace(/.$/, id.endsWith('0') ? '1' : '0')
    for (const subscriptionId of [id, absent]) {
      const { text } = await submit(`${path}/subscriptions/${subscriptionId}/cancel`)
      expect(text).toContain('That is not possible any more.')
    }
    expect((await view(id)).cancelAt).toBeNull()
  })

  it('needs a link that opens', async () => {
    const { id } = await shop.monthlyPro()
    const path = await link({ ttlSeconds: 60 })
    clockAt('2026-01-31T10:01:00Z')
    for (const each of [`${path}/subscriptions/${id}/cancel`, `${path}/subscriptions/${id}/undo`]) {
      const { status } = await visit(each, { method: 'POST', headers: FORM })
      expect(status).toBe(410)
    }
    const forged = `${path.slice(0, -2)}/subscriptions/${id}/cancel`
    expect((await visit(forged, { method: 'POST', headers: FORM })).status).toBe(403)
    expect((await view(id)).cancelAt).toBeNull()
  })

  it('a change that waits is taken back, too', async () => {
    const { id } = await shop.monthlyPro()
    await shop.act(id, 'change', { planId: 'starter' })
    const { text } = await submit(`${await link()}/subscriptions/${id}/undo`)
    expect(text).toContain('That is taken back.')
    expect((await view(id)).pendingChange).toBeNull()
  })
})
