import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { CLOSINGS } from '../../schema/stream.ts'
import type { StreamMessage } from '../../schema/calls.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { listenRequest } from '../../durable-objects/upgrade.ts'
import { putCustomer } from '../support/intent.ts'
import { listened, NOW } from '../support/listened.ts'
import { everything, toldOf } from '../support/listener.ts'
import { NO_FLOOR, objectOf, surround, usage, wasConsumed, withoutD1 } from '../support/object.ts'
import { meter, METER, plan } from '../support/world.ts'

const LOOK_MS = 30_000

const PRO = plan('pro', {
  [METER]: meter({ limit: 100 }),
  seats: meter({ limit: 3 }),
})

const { customer: acme, listen, consume, ring, alarmAt } = listened(PRO)

const socketsOpen = () =>
  runInDurableObject(
    objectOf(acme().id),
    (_, state) => state.getWebSockets().filter(({ readyState }) => readyState === 1).length,
  )

const usedIn = (message: StreamMessage) => toldOf(message, METER)?.used

describe('an object that sleeps', () => {
  it('keeps its sockets, tells them everything when something changes, and nothing twice', async () => {
    const heard = await listen()
    await everything(heard)
    await evictDurableObject(objectOf(acme().id))
    await consume({ quantity: 7 })
    const news = await heard.until((message) => usedIn(message) === 7)
    expect(news.complete).toBe(true)
    await evictDurableObject(objectOf(acme().id))
    vi.setSystemTime(NOW + LOOK_MS)
    await ring()
    await objectOf(acme().id).report(usage({ featureId: 'seats' }))
    const next = await heard.until((message) => toldOf(message, 'seats')?.used === 1)
    // It knew what had been told: the change alone is news.
    expect(next).toMatchObject({ complete: false, entitlements: [{ featureId: 'seats' }] })
    expect(heard.messages.length).toBe(3)
  })

  it('answers a ping', async () => {
    const { socket } = await listen()
    const answered = new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => data === 'pong' && resolve(data))
    })
    await evictDurableObject(objectOf(acme().id))
    socket.send('ping')
    expect(await answered).toBe('pong')
  })

  it('wakes for the end of a credential', async () => {
    const endsAt = NOW + 10_000
    const heard = await listen({ endsAt })
    await everything(heard)
    await vi.waitFor(async () => expect(await alarmAt()).toBe(endsAt))
    await evictDurableObject(objectOf(acme().id))
    vi.setSystemTime(endsAt)
    await ring()
    await vi.waitFor(() => expect(heard.closing()).toEqual({ code: 4401, reason: 'expired' }))
    expect(heard.announced()).toBe('expired')
  })
})

describe('a socket is closed', () => {
  it('when its credential has ended, before it hears anything more', async () => {
    const heard = await listen({ endsAt: NOW + 10_000 })
    const other = await listen()
    await everything(heard)
    vi.setSystemTime(NOW + 10_000)
    await consume()
    await other.until((message) => usedIn(message) === 1)
    await vi.waitFor(() => expect(heard.closing()?.code).toBe(CLOSINGS.expired))
    expect(heard.messages.length).toBe(1)
  })

  it('when the customer is archived, and none is opened then', async () => {
    const heard = await listen()
    await everything(heard)
    await putCustomer({ ...acme(), revision: 2, subscriptions: [] })
    await env.DB.prepare('UPDATE customers SET archived_at = 5 WHERE id = ?').bind(acme().id).run()
    await objectOf(acme().id).apply(2)
    await vi.waitFor(() => expect(heard.closing()?.code).toBe(CLOSINGS.archived))
    expect([heard.announced(), heard.messages.length]).toEqual(['archived', 1])
    await evictDurableObject(objectOf(acme().id))
    vi.setSystemTime(NOW + 2_000)
    const late = await listen()
    await vi.waitFor(() => expect(late.closing()?.code).toBe(CLOSINGS.archived))
    expect(late.announced()).toBe('archived')
  })

  it('when it says anything but ping', async () => {
    const heard = await listen()
    heard.socket.send('hello')
    await vi.waitFor(() => expect(heard.closing()?.code).toBe(CLOSINGS.talkative))
    await vi.waitFor(async () => expect(await socketsOpen()).toBe(0))
  })

  it('when it has pinged and is silent since', async () => {
    const heard = await listen()
    const quiet = await listen()
    const answered = new Promise((resolve) => {
      heard.socket.addEventListener('message', ({ data }) => data === 'pong' && resolve(data))
    })
    heard.socket.send('ping')
    await answered
    vi.setSystemTime(Date.now() + 365 * DAY_MS * 40)
    surround(withoutD1)
    await ring()
    await vi.waitFor(() => expect(heard.closing()?.code).toBe(CLOSINGS.silent))
    expect(quiet.closing()?.code).not.toBe(CLOSINGS.silent)
  })

  it('when it does not take what it is sent, and no other', async () => {
    const heard = await listen()
    const { webSocket: stuck } = await objectOf(acme().id).fetch(
      listenRequest({ featureIds: null, endsAt: NOW + DAY_MS, seen: null, atLeast: NO_FLOOR }),
    )
    const fill = () =>
      runInDurableObject(objectOf(acme().id), (_, state) => {
        for (const socket of state.getWebSockets()) socket.send(JSON.stringify('x'.repeat(600_000)))
      })
    for (const texts of [2, 3, 4]) {
      await fill()
      await vi.waitFor(() => expect(heard.said()).toBe(texts))
    }
    await consume({ quantity: 2 })
    await heard.until((message) => usedIn(message) === 2)
    await vi.waitFor(async () => expect(await socketsOpen()).toBe(1))
    await consume({ quantity: 2 })
    await heard.until((message) => usedIn(message) === 4)
    stuck?.accept()
    stuck?.close()
  })

  it('by its other end, which keeps nobody from using the meter', async () => {
    const gone = await listen()
    const heard = await listen()
    await everything(heard)
    gone.socket.close()
    expect(wasConsumed(await consume({ quantity: 2 }))).toBe(true)
    await heard.until((message) => usedIn(message) === 2)
  })
})
