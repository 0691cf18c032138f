import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { clearIsolate } from '../../worker/isolate.ts'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { edge, makeKey } from '../support/edge.ts'
import { hostile } from '../support/hostile.ts'
import { objectOf, publishedOf } from '../support/object.ts'
import { bodyOf, clockAt, OPENING, openStorefront, type Storefront } from '../support/storefront.ts'

const CLOCK = '/sandbox/customers/acme/clock'
const YEARS_10_MS = 3653 * 86_400_000

let shop: Storefront

beforeEach(async () => {
  shop = await openStorefront()
})

const move = (body: object) => shop.api.put(CLOCK, body)
const moveTo = (now: string) => bodyOf(move({ now }))
const later = (ms: number) => new Date(Date.parse(OPENING) + ms).toISOString()

describe('a clock', () => {
  it('is set to an instant, and is the customer’s own time from then on', async () => {
    expect((await bodyOf(shop.api.get(CLOCK))).clockAt).toBeNull()
    const moved = await moveTo('2026-06-01T12:00:00Z')
    expect(moved).toMatchObject({
      id: 'acme',
      customerId: 'acme',
      clockAt: '2026-06-01T12:00:00.000Z',
      now: '2026-06-01T12:00:00.000Z',
      subscriptions: [],
      propagation: 'done',
    })
    expect(moved.consistencyToken).toEqual(expect.any(String))
    clockAt('2026-02-01T00:00:00Z')
    const { customerId, clockAt: at, now } = await bodyOf(shop.api.get(CLOCK))
    expect([customerId, at, now]).toEqual(['acme', moved.clockAt, moved.clockAt])
    expect((await bodyOf(shop.api.get('/customers/acme'))).clockAt).toBe(moved.clockAt)
  })

  it('is moved by seconds, from where it stands or from now', async () => {
    expect((await bodyOf(move({ advanceSeconds: 0 }))).clockAt).toBe(OPENING)
    clockAt('2026-02-05T00:00:00Z')
    expect((await bodyOf(move({ advanceSeconds: 90 }))).clockAt).toBe(later(90_000))
    expect((await bodyOf(move({ advanceSeconds: 1 }))).clockAt).toBe(later(91_000))
  })

  it('says nothing new where it stands there already', async () => {
    const { revision } = await moveTo('2026-06-01T00:00:00Z')
    expect(await moveTo('2026-06-01T00:00:00Z')).toMatchObject({ revision })
    const { data } = await bodyOf(shop.api.get('/audit?resource=customers/acme'))
    expect(
      data.filter((each: { action: string }) => each.action === 'customers.clock'),
    ).toHaveLength(1)
  })

  it('is in the log with what was before and after', async () => {
    await moveTo('2026-06-01T00:00:00Z')
    const { data } = await bodyOf(shop.api.get('/audit?resource=customers/acme'))
    expect(data[0]).toMatchObject({
      action: 'customers.clock',
      at: OPENING,
      before: { id: 'acme' },
      after: { id: 'acme', clockAt: '2026-06-01T00:00:00.000Z' },
    })
    expect(data[0].before).not.toHaveProperty('clockAt')
  })

  it('heeds If-Match', async () => {
    const answer = await shop.api.put(CLOCK, { advanceSeconds: 60 }, { 'If-Match': '"1"' })
    expect(answer).toMatchObject({ status: 412, body: { code: 'revision_mismatch' } })
    const { headers } = await shop.api.get('/customers/acme')
    const match = { 'If-Match': headers.get('ETag') ?? '' }
    expect((await shop.api.put(CLOCK, { advanceSeconds: 60 }, match)).status).toBe(200)
    expect((await shop.api.put(CLOCK, { advanceSeconds: 60 }, match)).status).toBe(412)
  })

  const BAD: readonly (readonly [string, object, string])[] = [
    ['nothing', {}, ''],
    ['both', { now: OPENING, advanceSeconds: 1 }, ''],
    ['no instant', { now: 'tomorrow' }, '/now'],
    ['a part of a second', { advanceSeconds: 0.5 }, '/advanceSeconds'],
    ['seconds back', { advanceSeconds: -1 }, '/advanceSeconds'],
    ['the past', { now: later(-1) }, '/now'],
    ['more than ten years ahead', { now: later(YEARS_10_MS + 1) }, '/now'],
    ['a field that nobody knows', { to: OPENING }, '/to'],
  ]

  it.each(BAD)('refuses %s', async (_, body, pointer) => {
    const before = await bodyOf(shop.api.get('/customers/acme'))
    const { status, body: problem } = await move(body)
    expect([status, problem.code, problem.errors[0].pointer]).toEqual([
      400,
      'invalid_request',
      pointer,
    ])
    expect(await bodyOf(shop.api.get('/customers/acme'))).toEqual(before)
  })

  it('goes ten years ahead and no further, in one step or in many', async () => {
    await moveTo(later(YEARS_10_MS))
    expect(await move({ advanceSeconds: 1 })).toMatchObject({
      status: 400,
      body: {
        errors: [{ pointer: '/advanceSeconds', expected: expect.stringContaining('ten years') }],
      },
    })
  })

  it('never goes back', async () => {
    await moveTo('2026-06-01T00:00:00Z')
    const { body } = await move({ now: '2026-05-31T23:59:59.999Z' })
    expect(body.errors[0].expected).toContain('from 2026-06-01T00:00:00.000Z on')
  })

  it('is nobody’s whom nobody knows', async () => {
    for (const answer of [
      await shop.api.get('/sandbox/customers/nobody/clock'),
      await shop.api.put('/sandbox/customers/nobody/clock', { advanceSeconds: 1 }),
      await shop.api.delete('/sandbox/customers/nobody/clock'),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'customer_not_found' } })
    }
  })
})

describe('a clock that is ahead', () => {
  it('stays until real time has come as far', async () => {
    await moveTo('2026-02-10T00:00:00Z')
    clockAt('2026-02-09T23:59:59.999Z')
    expect(await shop.api.delete(CLOCK)).toMatchObject({
      status: 409,
      body: {
        code: 'transition_refused',
        clockStatus: 'ahead',
        action: 'remove',
        allowedActions: ['move'],
        detail: expect.stringContaining('2026-02-10T00:00:00.000Z'),
      },
    })
    clockAt('2026-02-10T00:00:00Z')
    expect(await bodyOf(shop.api.delete(CLOCK))).toMatchObject({
      clockAt: null,
      now: '2026-02-10T00:00:00.000Z',
    })
    expect(await bodyOf(shop.api.get('/customers/acme'))).not.toHaveProperty('clockAt')
  })

  it('once gone, is gone: taking it away again changes nothing', async () => {
    const { revision } = await bodyOf(shop.api.delete(CLOCK))
    expect(revision).toBe((await bodyOf(shop.api.get('/customers/acme'))).revision)
  })

  it('leaves time to go on from where it stood', async () => {
    await shop.taken({ planId: 'starter' })
    await moveTo('2026-03-30T00:00:00Z')
    await bodyOf(
      shop.api.post('/consume', { customerId: 'acme', featureId: 'api-calls', quantity: 100 }),
    )
    clockAt('2026-03-30T00:00:00Z')
    await bodyOf(shop.api.delete(CLOCK))
    expect(await shop.accessTo('api-calls')).toBe('limit_reached')
    clockAt('2026-03-31T10:00:00Z')
    expect(await shop.accessTo('api-calls')).toBe('within_limit')
  })
})

describe('cron and alarms', () => {
  const run = () => tick(portsFrom(env), 'local')

  it('leave a customer with a clock alone, with an object and without', async () => {
    hostile.hasAlarms = true
    const { id } = await shop.taken({ planId: 'starter' })
    await moveTo('2026-02-10T00:00:00Z')
    await run()
    expect(await dueOf()).toBeNull()
    await shop.accessTo('api-calls')
    await shop.act(id, 'cancel')
    clockAt('2027-01-01T00:00:00Z')
    await objectOf('acme').tick()
    await run()
    expect(await dueOf()).toBeNull()
    expect((await bodyOf(shop.api.get(`/subscriptions/${id}`))).status).toBe('active')
    expect(await shop.accessTo('api-calls')).toBe('within_limit')
    expect(await listedAs(id)).toBe('active')
    await bodyOf(shop.api.delete(CLOCK))
    expect(await listedAs(id)).toBe('ended')
    expect(await shop.accessTo('api-calls')).toBe('subscription_ended')
  })

  it('take a customer up again whose clock is gone', async () => {
    const { id } = await shop.taken({ planId: 'starter' })
    await moveTo('2026-02-10T00:00:00Z')
    await shop.act(id, 'cancel')
    clockAt('2026-02-10T00:00:00Z')
    await bodyOf(shop.api.delete(CLOCK))
    await run()
    expect(await dueOf()).toBe(Date.parse('2026-02-28T10:00:00Z'))
    clockAt('2026-02-28T10:00:00Z')
    await run()
    expect(await listedAs(id)).toBe('ended')
  })
})

describe('what a move brings with it', () => {
  it('is published before anybody asks', async () => {
    await shop.taken({ planId: 'starter' })
    await shop.accessTo('api-calls')
    // KV takes one write a second.
    clockAt(later(1_000))
    await moveTo('2026-03-05T00:00:00Z')
    const at = Date.parse('2026-03-05T00:00:00Z')
    await vi.waitFor(async () => expect((await publishedOf('acme'))?.customer.clockAt).toBe(at))
  })

  it('is told: each happening once, at its own instant, in its order', async () => {
    const { id } = await shop.monthlyPro()
    await shop.act(id, 'payment-failed')
    await moveTo('2026-03-01T00:00:00Z')
    const told = async () => {
      const { data } = await bodyOf(shop.api.get('/events?customerId=acme'))
      const rows = data as readonly { readonly type: string; readonly at: string }[]
      return rows
        .filter(({ at }) => at > OPENING)
        .map(({ type, at }) => `${at} ${type}`)
        .toReversed()
    }
    const happened = [
      '2026-02-03T10:00:00.000Z grace.ended',
      '2026-02-03T10:00:00.000Z subscription.ended',
      '2026-02-03T10:00:00.000Z entitlement.revoked',
    ]
    expect((await told()).toSorted()).toEqual(happened.toSorted())
    await moveTo('2026-04-01T00:00:00Z')
    await tick(portsFrom(env), 'local')
    expect((await told()).toSorted()).toEqual(happened.toSorted())
  })

  it('is seen with its token by an isolate that knows nothing', async () => {
    await shop.monthlyPro()
    await shop.accessTo('sso')
    const { subscriptions } = await bodyOf(shop.api.get('/customers/acme/subscriptions')).then(
      ({ data }) => ({ subscriptions: data }),
    )
    await shop.act(subscriptions[0].id, 'cancel')
    const { consistencyToken } = await moveTo('2026-02-28T10:00:00Z')
    clearIsolate()
    const path = '/access?customerId=acme&featureId=sso'
    const { body } = await shop.api.get(path, { 'Consistency-Token': consistencyToken })
    expect(body.reason).toBe('subscription_ended')
  })
})

describe('in production', () => {
  it('there is no clock to ask for, to set or to take away', async () => {
    const there = edge(await makeKey(['manage'], { environment: 'production' }), {
      ENVIRONMENT: 'production',
    })
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, body } = await there.send(method, `/v1${CLOCK}`)
      expect([status, body['code']]).toEqual([404, 'route_not_found'])
    }
  })

  it('a row that has one all the same is read as if it had none, in the Worker and in the object', async () => {
    hostile.object = (ports) => ({ ...ports, testClocks: false })
    const { id } = await shop.taken({ planId: 'starter' })
    const there = edge(await makeKey(['manage'], { environment: 'production' }), {
      ENVIRONMENT: 'production',
    })
    const ahead = Date.parse('2027-06-01T00:00:00Z')
    await env.DB.prepare('UPDATE customers SET clock_at = ?, revision = revision + 1')
      .bind(ahead)
      .run()
    await there.post(`/v1/subscriptions/${id}/cancel`, {})
    const access = await there.get('/v1/access?customerId=acme&featureId=api-calls&fresh=true')
    expect(access.body).toMatchObject({ hasAccess: true, resetAt: '2026-02-28T10:00:00.000Z' })
    const used = await there.post('/v1/consume', { customerId: 'acme', featureId: 'api-calls' })
    expect(used.body['entitlement']).toMatchObject({ resetAt: '2026-02-28T10:00:00.000Z' })
    const { body } = await there.get(`/v1/subscriptions/${id}`)
    expect(body).toMatchObject({ status: 'active', cancelAt: '2026-02-28T10:00:00.000Z' })
    const preview = await there.post(`/v1/subscriptions/${id}/change?dryRun=true`, {
      planId: 'pro',
      chargePeriod: 'monthly',
    })
    expect(preview.body['at']).toBe(OPENING)
    expect((await there.get('/v1/customers/acme')).body).not.toHaveProperty('clockAt')
    const { data } = (await there.get('/v1/customers?q=acme')).body
    expect((data as object[])[0]).not.toHaveProperty('clockAt')
    await there.settle()
    expect((await publishedOf('acme'))?.customer.clockAt ?? null).toBeNull()
    clockAt('2026-02-28T10:00:00Z')
    const gone = await there.get('/v1/access?customerId=acme&featureId=api-calls&fresh=true')
    expect(gone.body['reason']).toBe('subscription_ended')
    await env.DB.prepare('UPDATE customers SET next_due = 1').run()
    await tick(portsFrom({ ...env, ENVIRONMENT: 'production' }), 'production')
    expect(await listedAs(id)).toBe('ended')
  })
})

async function dueOf(): Promise<number | null> {
  return env.DB.prepare("SELECT next_due FROM customers WHERE id = 'acme'").first('next_due')
}

/** The status that lists filter by. */
async function listedAs(id: string): Promise<string | null> {
  return env.DB.prepare('SELECT status FROM subscriptions WHERE id = ?').bind(id).first('status')
}
