import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BILLER_SECRET, signedByBiller } from '../support/biller.ts'
import { edge } from '../support/edge.ts'
import { OPENING, openStorefront } from '../support/storefront.ts'
import { deliver, tell } from '../support/telling.ts'

/** Another deployment's. */
const SOME_SECRET = `whsec_${btoa('b secret of somebody else')}`

beforeEach(async () => {
  await openStorefront()
  await tell('subscribed', { customerId: 'acme', planId: 'starter', reference: 'bill_1' })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Everything that is written down of payments and decided about customers. */
async function everything() {
  const tables = ['payment_events', 'changes', 'subscriptions', 'customers'].map((table) =>
    env.DB.prepare(`SELECT * FROM ${table}`),
  )
  return (await env.DB.batch(tables)).map(({ results }) => results)
}

describe('a webhook', () => {
  const body = JSON.stringify({
    type: 'payment_failed',
    timestamp: OPENING,
    data: { reference: 'bill_1' },
  })
  const now = Date.parse(OPENING)

  async function expectRefused(sent: Promise<{ status: number; body: { code: string } }>) {
    const { status, body: answer } = await sent
    expect([status, answer.code]).toEqual([400, 'signature_invalid'])
  }

  it('that is forged changes nothing', async () => {
    const before = await everything()
    const { headers } = signedByBiller(body, { id: 'msg_1', secret: SOME_SECRET })
    await expectRefused(deliver(body, headers))
    await expectRefused(deliver(body, { ...headers, 'webhook-signature': 'v1,' }))
    await expectRefused(deliver(body, { ...headers, 'webhook-signature': 'v1a,AAAA v2,BBBB' }))
    expect(await everything()).toEqual(before)
  })

  it('without what signs it changes nothing', async () => {
    const before = await everything()
    const { headers } = signedByBiller(body, { id: 'msg_1' })
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const { [name]: _, ...others } = headers
      await expectRefused(deliver(body, others))
    }
    await expectRefused(deliver(body, {}))
    await expectRefused(deliver(body, { ...headers, 'webhook-timestamp': `${now / 1000}abc` }))
    expect(await everything()).toEqual(before)
  })

  it('that was cut off or altered on its way changes nothing', async () => {
    const before = await everything()
    const { headers } = signedByBiller(body, { id: 'msg_1' })
    await expectRefused(deliver(body.slice(0, -1), headers))
    await expectRefused(deliver(body.replace('failed', 'Failed'), headers))
    await expectRefused(deliver(body, { ...headers, 'webhook-id': 'msg_2' }))
    expect(await everything()).toEqual(before)
  })

  it.each([
    ['too old', now - 301_000],
    ['from the future', now + 301_000],
  ])('that is %s changes nothing', async (_, at) => {
    const before = await everything()
    await expectRefused(deliver(body, signedByBiller(body, { id: 'msg_1', at }).headers))
    expect(await everything()).toEqual(before)
  })

  it.each([now - 300_000, now + 300_000])(
    'signed within five minutes is heard (%i)',
    async (at) => {
      const { status } = await deliver(body, signedByBiller(body, { id: 'msg_1', at }).headers)
      expect(status).toBe(200)
    },
  )

  it('is heard under either secret while one replaces the other', async () => {
    const both = { GENERIC_WEBHOOK_SECRET: `${SOME_SECRET} ${BILLER_SECRET}` }
    const { headers } = signedByBiller(body, { id: 'msg_1' })
    const other = signedByBiller(body, { id: 'msg_2', secret: SOME_SECRET })
    for (const each of [headers, other.headers]) {
      const { status } = await edge(null, both).send('POST', '/webhooks/generic', {
        body,
        headers: each,
      })
      expect(status).toBe(200)
    }
  })

  it.each([' ', '\n', '\r\n', '\t  '])('is heard where its secrets stand among %j', async (gap) => {
    const secrets = { GENERIC_WEBHOOK_SECRET: gap + SOME_SECRET + gap + BILLER_SECRET + gap }
    const signed = signedByBiller(body, { id: 'msg_1' })
    const { status } = await edge(null, secrets).send('POST', '/webhooks/generic', signed)
    expect(status).toBe(200)
  })

  it('is heard where one of several signatures fits', async () => {
    const { headers } = signedByBiller(body, { id: 'msg_1' })
    const signatures = `v1,AAAA v1a,zzzz ${headers['webhook-signature']}`
    const { status } = await deliver(body, { ...headers, 'webhook-signature': signatures })
    expect(status).toBe(200)
  })

  it.each(['', ' \n'])('has no address where no secret is set but %j', async (nothing) => {
    const signed = signedByBiller(body, { id: 'msg_1' })
    const off = edge(null, { GENERIC_WEBHOOK_SECRET: nothing })
    const { status, body: answer } = await off.send('POST', '/webhooks/generic', signed)
    expect([status, answer['code']]).toEqual([404, 'route_not_found'])
  })

  it.each([
    ['no JSON', '{"type":', 'malformed_json', undefined],
    ['no object', '7', 'invalid_request', ''],
    [
      'an unknown field',
      '{"type":"paused","timestamp":"2026-01-31T10:00:00Z","data":{},"x":1}',
      'invalid_request',
      '/x',
    ],
    [
      'no subscription',
      '{"type":"paused","timestamp":"2026-01-31T10:00:00Z","data":{}}',
      'invalid_request',
      '/data',
    ],
    [
      'two subscriptions',
      '{"type":"paused","timestamp":"2026-01-31T10:00:00Z","data":{"reference":"a","subscriptionId":"sub_1"}}',
      'invalid_request',
      '/data',
    ],
    [
      'a plan that is not there',
      '{"type":"changed","timestamp":"2026-01-31T10:00:00Z","data":{"reference":"bill_1","planId":"por"}}',
      'unknown_reference',
      '/data/planId',
    ],
    [
      'a time to come',
      '{"type":"paused","timestamp":"2026-01-31T10:05:00.001Z","data":{"reference":"bill_1"}}',
      'invalid_request',
      '/timestamp',
    ],
  ])('with %s says what is wrong, and changes nothing', async (_, text, code, pointer) => {
    const before = await everything()
    const { headers } = signedByBiller(text, { id: 'msg_1' })
    const { status, body: answer } = await deliver(text, headers)
    expect([status >= 400 && status < 500, answer.code]).toEqual([true, code])
    expect(answer.errors?.[0]?.pointer).toBe(pointer)
    expect(await everything()).toEqual(before)
  })
})
