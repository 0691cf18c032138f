import { beforeAll, describe, expect, it } from 'vitest'
import { signed, WEBHOOK_SECRETS } from '../support/stripe-service.ts'
import { openStory, service, type Story } from './stripe-story.ts'

let story: Story
let told: string

/** What was decided, told and written down about the customer. */
async function everything(): Promise<unknown> {
  const tables = ['subscriptions', 'customers', 'changes', 'events', 'payment_events']
  const rows = await Promise.all(tables.map((table) => service.rows(`SELECT * FROM ${table}`)))
  return rows.map((table) => table.map(({ synced_version: _v, next_due: _d, ...row }) => row))
}

beforeAll(async () => {
  story = await openStory('webhooked')
  await story.buys('starter')
  const { told: all } = await service.double.state()
  told = all.find(({ type }: { type: string }) => type === 'customer.subscription.updated').text
})

/** A new event about the customer's subscription. */
function event(fields: object = {}): string {
  const id = `evt_${crypto.randomUUID()}`
  return JSON.stringify({ ...(JSON.parse(told) as object), id, ...fields })
}

describe('a webhook that is not Stripe’s', () => {
  it.each<[string, (text: string) => [string, string | null]]>([
    ['without a signature', (text) => [text, null]],
    [
      'signed with a secret of somebody else',
      (text) => [text, signed(text, { secret: 'whsec_else' })],
    ],
    ['signed too long ago', (text) => [text, signed(text, { ageS: 301 })]],
    ['signed for later', (text) => [text, signed(text, { ageS: -302 })]],
    [
      'that was changed on its way',
      (text) => [text.replace('"active"', '"canceled"'), signed(text)],
    ],
    ['that has lost its end', (text) => [text.slice(0, -2), signed(text)]],
    ['that is empty', () => ['', signed('x')]],
  ])('%s is refused, and nothing changes', async (_, forge) => {
    const before = await everything()
    const { status, body } = await service.webhook(...forge(event()))
    expect([status, body.code]).toEqual([400, 'signature_invalid'])
    expect(await everything()).toEqual(before)
  })

  it.each([
    ['no JSON', 'hello', 'malformed_json'],
    ['no event', '{"object":"event"}', 'invalid_request'],
    ['an event without a time', '{"id":"evt_x","type":"invoice.paid"}', 'invalid_request'],
    ['a list', '[]', 'invalid_request'],
  ])('is refused where it is %s, though it is signed', async (_, text, code) => {
    const before = await everything()
    const { status, body } = await service.webhook(text, signed(text))
    expect([status, body.code]).toEqual([400, code])
    expect(await everything()).toEqual(before)
  })

  it('is refused where it is larger than any event', async () => {
    const text = event({ padding: 'x'.repeat(600_000) })
    const { status, body } = await service.webhook(text, signed(text))
    expect([status, body.code]).toEqual([413, 'body_too_large'])
  })
})

describe('a webhook of Stripe’s', () => {
  it('is taken with either secret while they overlap', async () => {
    for (const secret of WEBHOOK_SECRETS) {
      const text = event()
      const { status, body } = await service.webhook(text, signed(text, { secret }))
      expect([status, body]).toEqual([200, { received: true, outcome: 'no_effect' }])
    }
  })

  it('that was heard before is heard no more, also twenty times at once', async () => {
    const text = event()
    const many = Array.from({ length: 20 }, () => service.webhook(text, signed(text)))
    const outcomes = (await Promise.all(many)).map(
      ({ status, body }) => `${status} ${body.outcome}`,
    )
    expect(outcomes.filter((each) => !/^200 (no_effect|duplicate)$/.test(each))).toEqual([])
    const again = await service.webhook(text, signed(text))
    expect(again.body).toEqual({ received: true, outcome: 'duplicate' })
    const { id } = JSON.parse(text) as { readonly id: string }
    expect(await service.rows('SELECT id FROM payment_events WHERE id = ?', id)).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['of a type that nobody knows', { type: 'galaxy.exploded', data: { object: { id: 'x' } } }],
    ['of a thing without an id', { type: 'customer.subscription.updated', data: { object: {} } }],
    ['that shows nothing', { type: 'invoice.paid', data: {} }],
    [
      'of an invoice for nothing that recurs',
      { type: 'invoice.paid', data: { object: { id: 'in_x', parent: null } } },
    ],
    ['of a subscription that Stripe does not know', { data: { object: { id: 'sub_nobody' } } }],
    [
      'of a page that Stripe does not know',
      { type: 'checkout.session.completed', data: { object: { id: 'cs_x' } } },
    ],
    [
      'of a payment that Stripe does not know',
      { type: 'charge.refunded', data: { object: { payment_intent: 'pi_x' } } },
    ],
  ])('%s concerns nobody here', async (_, fields) => {
    const before = await everything()
    const text = event(fields)
    const { status, body } = await service.webhook(text, signed(text))
    expect([status, body]).toEqual([200, { received: true, outcome: 'ignored' }])
    expect(await everything()).toEqual(before)
  })

  it('of what was sold without us is nobody’s business here', async () => {
    const { double } = service
    const own = await double.command('sell', { price: 'starter:monthly' })
    await story.hears()
    const text = event({ data: { object: { id: own.id } } })
    const { body } = await service.webhook(text, signed(text))
    expect(body).toEqual({ received: true, outcome: 'ignored' })
  })

  it('tells of whatever it likes: what counts is how things are', async () => {
    const text = event({
      type: 'customer.subscription.deleted',
      data: { object: { id: await story.reference(), status: 'canceled' } },
    })
    const { body } = await service.webhook(text, signed(text))
    expect(body).toEqual({ received: true, outcome: 'no_effect' })
    expect(await story.view()).toMatchObject({ status: 'active' })
  })
})
