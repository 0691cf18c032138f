import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { streamMessage } from '../../schema/wire/stream.ts'
import { CLOSINGS } from '../../schema/stream.ts'
import type { StreamMessage } from '../../schema/calls.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { putCatalogue, putCustomer } from '../support/intent.ts'
import { listened, NOW, START } from '../support/listened.ts'
import { everything, listenTo, toldOf } from '../support/listener.ts'
import {
  heldBy,
  newCustomerId,
  objectOf,
  resetting,
  resultOf,
  surround,
  usage,
  wasConsumed,
  withoutD1,
} from '../support/object.ts'
import { catalogue, meter, METER, plan, subscription } from '../support/world.ts'

const PERIOD_END = Date.parse('2027-02-28T00:00:00Z')

const LOOK_MS = 30_000

const PRO = plan('pro', {
  [METER]: meter({ limit: 100 }),
  seats: meter({ limit: 3 }),
  sso: { enabled: false },
})

const { customer: acme, listeners, listen, consume, ring, alarmAt } = listened(PRO)

const socketsOpen = () =>
  runInDurableObject(objectOf(acme().id), (_, state) => state.getWebSockets().length)

const usedIn = (message: StreamMessage) => toldOf(message, METER)?.used

describe('whoever begins to listen', () => {
  it('hears everything, in the shape of the wire', async () => {
    await consume({ quantity: 40 })
    const first = await everything(await listen())
    expect(streamMessage.safeParse(first).error).toBeUndefined()
    expect(first).toMatchObject({
      version: (await heldBy(acme().id)).version,
      revision: 1,
      asOf: new Date(NOW).toISOString(),
    })
    expect(first.entitlements.map(({ featureId }) => featureId)).toEqual([METER, 'seats', 'sso'])
    expect(toldOf(first, METER)).toMatchObject({ customerId: acme().id, used: 40, balance: 60 })
  })

  it('of a customer whom nobody has made hears of none, and nothing is left behind', async () => {
    const stranger = newCustomerId()
    await expect(listenTo(stranger)).rejects.toThrow('unknown_customer')
    const tables = await runInDurableObject(objectOf(stranger), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray(),
    )
    expect(tables).toEqual([])
  })

  it('hears what D1 has just been told, though nobody told the object', async () => {
    await everything(await listen())
    const allowance = { enabled: true }
    const given = { featureId: 'sso', allowance, standalone: false, startAt: NOW, expiresAt: null }
    await putCustomer({ ...acme(), revision: 2, overrides: [given] })
    vi.setSystemTime(NOW + 2_000)
    const first = await everything(await listen())
    expect(toldOf(first, 'sso')).toMatchObject({ hasAccess: true, overridden: true })
  })

  it('is turned away where a hundred listen', async () => {
    for (let at = 0; at < 100; at++) await listen()
    const late = await listen()
    await vi.waitFor(() => expect(late.closing()?.code).toBe(CLOSINGS.crowded))
    expect(await socketsOpen()).toBe(100)
    listeners()[0]?.socket.close()
    await vi.waitFor(async () => expect(await socketsOpen()).toBe(99))
    await everything(await listen())
  })
})

describe('whoever comes back', () => {
  const seenIn = ({ version, revision, asOf }: StreamMessage) => ({
    version,
    revision,
    asOf: Date.parse(asOf),
  })

  it('hears nothing again of what it has seen, and then what changes', async () => {
    const before = await everything(await listen())
    const back = await listen({ seen: seenIn(before) })
    await consume({ quantity: 3 })
    const news = await back.until(() => true)
    expect(news).toMatchObject({ complete: false, entitlements: [{ featureId: METER, used: 3 }] })
    expect(back.messages.length).toBe(1)
  })

  it.each([
    ['something was used', () => consume()],
    ['a period has ended', async () => void vi.setSystemTime(PERIOD_END)],
    [
      'a plan was edited',
      async () => {
        await putCatalogue({ ...catalogue([PRO]), revision: NOW })
        vi.setSystemTime(NOW + 1_500)
      },
    ],
  ])('hears everything where %s meanwhile', async (_, happen) => {
    const before = await everything(await listen())
    await happen()
    const back = await listen({ seen: seenIn(before) })
    expect((await everything(back)).entitlements.length).toBe(3)
  })
})

describe('a change', () => {
  it('of a meter is told with that meter alone', async () => {
    const heard = await listen()
    await everything(heard)
    await consume({ quantity: 100 })
    const news = await heard.until(({ complete }) => !complete)
    expect(news.entitlements).toMatchObject([
      { featureId: METER, used: 100, hasAccess: false, reason: 'limit_reached' },
    ])
    await objectOf(acme().id).reset(resetting())
    expect(await heard.until((message) => usedIn(message) === 0)).toMatchObject({
      version: (await heldBy(acme().id)).version,
      entitlements: [{ featureId: METER, hasAccess: true }],
    })
  })

  it('that an apply brings is told: an override, and its end', async () => {
    const heard = await listen()
    await everything(heard)
    const given = {
      featureId: 'sso',
      allowance: { enabled: true },
      standalone: false,
      startAt: NOW,
      expiresAt: NOW + 10 * DAY_MS,
    }
    await putCustomer({ ...acme(), revision: 2, overrides: [given] })
    await objectOf(acme().id).apply(2)
    expect(
      (await heard.until((message) => toldOf(message, 'sso') !== undefined)).entitlements,
    ).toEqual([expect.objectContaining({ featureId: 'sso', hasAccess: true, warnings: [] })])
    vi.setSystemTime(NOW + 3 * DAY_MS)
    await ring()
    expect(
      await heard.until((message) => toldOf(message, 'sso')?.warnings.length === 1),
    ).toMatchObject({
      entitlements: [{ warnings: [{ code: 'override_expires' }] }],
    })
    vi.setSystemTime(given.expiresAt)
    await ring()
    await heard.until((message) => toldOf(message, 'sso')?.hasAccess === false)
  })

  it('of which there are many at once is told as one, the newest last', async () => {
    const heard = await listen()
    await everything(heard)
    for (let at = 0; at < 30; at++) expect(wasConsumed(await consume())).toBe(true)
    const uses = Array.from({ length: 60 }, () => consume())
    expect((await Promise.all(uses)).every(wasConsumed)).toBe(true)
    await heard.until((message) => usedIn(message) === 90)
    expect(heard.messages.length).toBeLessThanOrEqual(4)
    const told = heard.messages.map(usedIn).filter((used) => used !== undefined)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
  })

  it('of another feature is no news to who may hear of one, but that something changed', async () => {
    const heard = await listen({ featureIds: ['seats', 'gold'] })
    expect((await everything(heard)).entitlements).toMatchObject([{ featureId: 'seats' }])
    await consume()
    expect(await heard.until(({ complete }) => !complete)).toMatchObject({
      version: (await heldBy(acme().id)).version,
      entitlements: [],
    })
    await objectOf(acme().id).report(usage({ featureId: 'seats' }))
    await heard.until((message) => toldOf(message, 'seats')?.used === 1)
  })

  it('that is refused, or repeated, says nothing', async () => {
    await consume({ quantity: 100, idempotencyKey: 'order-1' })
    const heard = await listen()
    await everything(heard)
    resultOf(await consume({ quantity: 100, idempotencyKey: 'order-1' }))
    resultOf(await consume())
    await objectOf(acme().id).report(usage({ featureId: 'seats' }))
    await heard.until((message) => toldOf(message, 'seats') !== undefined)
    expect(heard.messages.length).toBe(2)
  })
})

describe('time', () => {
  it('ends a period in which nothing was used: told at its instant, though nothing is written', async () => {
    const heard = await listen()
    const first = await everything(heard)
    await vi.waitFor(async () => expect(await alarmAt()).toBeLessThanOrEqual(NOW + LOOK_MS))
    vi.setSystemTime(PERIOD_END)
    surround(withoutD1)
    await ring()
    const news = await heard.until(({ complete }) => !complete)
    expect(news.version).toBe(first.version)
    expect(toldOf(news, METER)?.period).toMatchObject({
      startAt: new Date(PERIOD_END).toISOString(),
    })
    expect(news.entitlements.map(({ featureId }) => featureId)).toEqual([METER, 'seats'])
  })

  it('has its next boundary in the alarm, where that comes before the next look at D1', async () => {
    vi.setSystemTime(PERIOD_END - 5_000)
    await everything(await listen())
    await vi.waitFor(async () => expect(await alarmAt()).toBe(PERIOD_END))
  })

  it('ends a grace', async () => {
    const grace = { startedAt: NOW - DAY_MS, endsAt: NOW + 20_000 }
    const owing = subscription('sub_1', 'pro', START, { grace })
    await putCustomer({ ...acme(), revision: 2, subscriptions: [owing] })
    const heard = await listen()
    expect(toldOf(await everything(heard), METER)).toMatchObject({ hasAccess: true })
    vi.setSystemTime(grace.endsAt)
    await ring()
    const news = await heard.until(({ complete }) => !complete)
    expect(toldOf(news, METER)).toMatchObject({ hasAccess: false, reason: 'grace_ended' })
  })

  it('stands still under a customer’s own clock', async () => {
    await putCustomer({ ...acme(), revision: 2, clockAt: NOW })
    const heard = await listen()
    await everything(heard)
    vi.setSystemTime(PERIOD_END + DAY_MS)
    await ring()
    await consume()
    await heard.until((message) => usedIn(message) === 1)
    expect(heard.messages.length).toBe(2)
  })
})

describe('an edit of the catalogue', () => {
  const smaller = { ...plan('pro', { [METER]: meter({ limit: 5 }) }), revision: NOW }

  it('is looked for twice a minute while somebody listens, and told', async () => {
    const heard = await listen()
    await everything(heard)
    await putCatalogue({ ...catalogue([PRO, smaller]), revision: NOW })
    vi.setSystemTime(NOW + LOOK_MS)
    await ring()
    const news = await heard.until(({ complete }) => !complete)
    expect(toldOf(news, METER)).toMatchObject({ limit: 5 })
    expect(toldOf(news, 'seats')).toMatchObject({ hasAccess: false, reason: 'not_in_plan' })
    expect(news.revision).toBe(NOW)
  })

  it('is looked for no more when nobody listens', async () => {
    const { socket } = await listen()
    await vi.waitFor(async () => expect(await socketsOpen()).toBe(1))
    socket.close()
    await vi.waitFor(async () => expect(await socketsOpen()).toBe(0))
    await vi.waitFor(async () => {
      vi.setSystemTime(Date.now() + 60_000)
      await ring()
      expect(await alarmAt()).toBeNull()
    })
  })
})
