import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ID_RANDOM_BYTES, newId } from '../../../schema/ids.ts'
import { listEvents } from '../../../schema/wire/event.ts'
import { portsFrom } from '../../../worker/ports.ts'
import { tick } from '../../../worker/tick.ts'
import {
  bodyOf,
  clockAt,
  OPENING,
  openStorefront,
  type Storefront,
} from '../../support/storefront.ts'

let store: Storefront

beforeEach(async () => {
  store = await openStorefront()
})

afterEach(() => {
  vi.useRealTimers()
})

interface Listed {
  readonly id: string
  readonly type: string
  readonly customerId: string | null
}

const list = async (query = '') => {
  const body = await bodyOf(store.api.get(`/events${query}`))
  expect(listEvents.answer.safeParse(body).error).toBeUndefined()
  return body as { readonly data: readonly Listed[]; readonly nextCursor: string | null }
}
const typesOf = async (query = '') => (await list(query)).data.map(({ type }) => type)
const name = (id: string, text: string) => bodyOf(store.api.put(`/customers/${id}`, { name: text }))

describe('the list of events', () => {
  it('has the newest first, or the oldest', async () => {
    await name('acme', 'Acme')
    const newest = ['customer.updated', 'customer.created', 'catalogue.published']
    expect(await typesOf()).toEqual(newest)
    expect(await typesOf('?order=desc')).toEqual(newest)
    expect(await typesOf('?order=asc')).toEqual(newest.toReversed())
  })

  it('shows an event as its own route does', async () => {
    await name('acme', 'Acme')
    const [event] = (await list('?customerId=acme&pageSize=1')).data
    expect(event).toMatchObject({
      type: 'customer.updated',
      at: OPENING,
      customerId: 'acme',
      version: null,
      data: { id: 'acme', name: 'Acme', previous: { name: null } },
    })
    expect(await bodyOf(store.api.get(`/events/${event?.id}`))).toEqual(event)
  })

  it('is read page by page, in both directions, without a gap or a repetition', async () => {
    for (let n = 0; n < 7; n++) await name('acme', `Acme ${n}`)
    for (const order of ['asc', 'desc']) {
      const ids: string[] = []
      let cursor = ''
      for (let pages = 0; pages < 9; pages++) {
        const { data, nextCursor } = await list(`?pageSize=2&order=${order}${cursor}`)
        ids.push(...data.map(({ id }) => id))
        if (nextCursor === null) break
        cursor = `&cursor=${encodeURIComponent(nextCursor)}`
      }
      expect(ids).toEqual((await list(`?order=${order}`)).data.map(({ id }) => id))
    }
  })

  it('is that of one type, of one customer, or both', async () => {
    await name('acme', 'Acme')
    await name('other', 'Other')
    expect(await typesOf('?type=customer.updated')).toEqual(['customer.updated'])
    expect(await typesOf('?customerId=other')).toEqual(['customer.created'])
    expect(await typesOf('?customerId=acme&type=customer.created')).toEqual(['customer.created'])
    expect(await typesOf('?customerId=nobody')).toEqual([])
  })

  it('begins where it is asked to, by when things were told', async () => {
    clockAt('2026-02-01T00:00:00.000Z')
    await name('acme', 'February')
    clockAt('2026-02-01T00:00:30.000Z')
    await name('acme', 'Half a minute later')
    const since = (text: string) => typesOf(`?from=${text}&order=asc`)
    expect(await since('2026-01-01T00:00:00Z')).toHaveLength(4)
    expect(await since('2026-02-01T00:00:00Z')).toEqual(['customer.updated', 'customer.updated'])
    expect(await since('2026-02-01T00:00:00.001Z')).toEqual(['customer.updated'])
    expect(await typesOf('?from=2026-02-01T00:00:30Z')).toEqual(['customer.updated'])
    expect(await since('2026-02-01T00:00:30.001Z')).toEqual([])
    expect(await since('1970-01-01T00:00:00Z')).toHaveLength(4)
  })

  it('is followed from any event on', async () => {
    const [last] = (await list('?pageSize=1')).data
    expect((await list(`?after=${last?.id}`)).data).toEqual([])
    await name('acme', 'One')
    await name('acme', 'Two')
    const { data, nextCursor } = await list(`?after=${last?.id}&pageSize=1`)
    expect(data).toMatchObject([{ data: { name: 'One' } }])
    const cursor = encodeURIComponent(nextCursor ?? '')
    const rest = await list(`?after=${last?.id}&pageSize=1&cursor=${cursor}`)
    expect(rest).toMatchObject({ data: [{ data: { name: 'Two' } }], nextCursor: null })
    expect((await list(`?after=${data[0]?.id}`)).data).toEqual(rest.data)
  })
})

describe('bad questions', () => {
  it.each([
    ['/events?type=customer.deleted', 400, 'invalid_request'],
    ['/events?order=newest', 400, 'invalid_request'],
    ['/events?after=sub_1', 400, 'invalid_request'],
    ['/events?from=yesterday', 400, 'invalid_request'],
    ['/events?cursor=nonsense', 400, 'invalid_cursor'],
    ['/events?after=evt_01j0000000aaaaaaaaaaaaaaaa', 404, 'event_not_found'],
    ['/events/evt_01j0000000aaaaaaaaaaaaaaaa', 404, 'event_not_found'],
  ])('such as %s are answered %i %s', async (path, status, code) => {
    const answer = await store.api.get(path)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  it('do not take the cursor of the other direction', async () => {
    await name('acme', 'Acme')
    const { nextCursor } = await list('?pageSize=1')
    const cursor = encodeURIComponent(nextCursor ?? '')
    const { status } = await store.api.get(`/events?order=asc&cursor=${cursor}`)
    expect(status).toBe(400)
  })
})

describe('what happened 90 days ago', () => {
  it('is dropped by the tick, some thousands at a time', async () => {
    const kept = await list('?order=asc')
    const long = newId(
      'evt',
      Date.parse(OPENING) - 91 * 86_400_000,
      new Uint8Array(ID_RANDOM_BYTES),
    )
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 10000 UNION ALL SELECT i + 1 FROM n WHERE i < 15500)
       INSERT INTO events (id, type, at, data, origin)
       SELECT substr(?, 1, 25) || i, 'catalogue.published', 1, '{}', 'old:' || i FROM n`,
    )
      .bind(long)
      .run()
    const left = () => env.DB.prepare('SELECT count(*) AS n FROM events').first<number>('n')
    await tick(portsFrom(env), 'local')
    expect(await left()).toBe(501 + kept.data.length)
    await tick(portsFrom(env), 'local')
    expect(await list('?order=asc')).toEqual(kept)
  })
})
