/** What became of a meter, by day and row by row, over HTTP. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listUsage, listUsageEntries } from '../../schema/wire/history.ts'
import { down } from '../support/bindings.ts'
import { type Edge, edge, type Reply } from '../support/edge.ts'
import { CUSTOMER, openShop } from '../support/shop.ts'

const DAY_MS = 86_400_000
const START = Date.parse('2026-02-25T12:00:00Z')
const METER = { customerId: CUSTOMER, featureId: 'api-calls' }
const USAGE = `/v1/customers/${CUSTOMER}/usage`

let there: Edge

/** Six days of use, over the end of a period on 28 February. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  there = edge(await openShop())
  await there.post('/v1/consume', { ...METER, quantity: 10 })
  await there.post('/v1/consume', { ...METER, quantity: 5 })
  vi.setSystemTime(START + DAY_MS)
  await there.post('/v1/usage', { ...METER, behaviour: 'delta', value: 20 })
  await there.post('/v1/usage', { ...METER, behaviour: 'delta', value: -4 })
  vi.setSystemTime(START + 5 * DAY_MS)
  await there.post('/v1/usage', { ...METER, behaviour: 'set', value: 7 })
})

afterEach(() => {
  vi.useRealTimers()
})

const dataOf = ({ body }: Reply) => body['data'] as Readonly<Record<string, unknown>>[]

const history = async (query = '') => {
  const reply = await there.get(`${USAGE}?featureId=api-calls${query}`)
  expect(listUsage.answer.safeParse(reply.body).error).toBeUndefined()
  return dataOf(reply)
}

describe('the history', () => {
  it('has a row for each day on which something happened, the oldest first', async () => {
    expect(await history()).toMatchObject([
      {
        startAt: '2026-02-25T00:00:00.000Z',
        endAt: '2026-02-26T00:00:00.000Z',
        consumed: 15,
        reported: 0,
        closingUsed: 15,
      },
      {
        startAt: '2026-02-26T00:00:00.000Z',
        reported: 20,
        givenBack: 4,
        closingUsed: 31,
      },
      { startAt: '2026-02-28T00:00:00.000Z', closed: 31, closingUsed: 0 },
      { startAt: '2026-03-02T00:00:00.000Z', set: 7, closingUsed: 7 },
    ])
  })

  it('adds up, day by day (promise 12)', async () => {
    let used = 0
    for (const day of await history()) {
      const { consumed, reported, givenBack, set, reset, closed, closingUsed } = day
      used +=
        Number(consumed) +
        Number(reported) -
        Number(givenBack) +
        Number(set) -
        Number(reset) -
        Number(closed)
      expect(closingUsed).toBe(used)
    }
  })

  it('can be cut at both ends', async () => {
    const days = async (query: string) =>
      (await history(query)).map(({ startAt }) => String(startAt).slice(5, 10))
    expect(await days('&from=2026-02-26T23:00:00Z')).toEqual(['02-26', '02-28', '03-02'])
    expect(await days('&to=2026-02-26T00:00:00Z')).toEqual(['02-25'])
    expect(await days('&from=2026-02-26T00:00:00Z&to=2026-03-01T00:00:00Z')).toEqual([
      '02-26',
      '02-28',
    ])
  })

  it.each([
    ['', 400, 'invalid_request'],
    ['?featureId=api-calls&from=yesterday', 400, 'invalid_request'],
    [
      '?featureId=api-calls&from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z',
      400,
      'invalid_request',
    ],
    ['?featureId=sso', 422, 'feature_not_metered'],
    ['?featureId=no-such', 404, 'feature_not_found'],
  ])('with "%s" is refused', async (query, status, code) => {
    const reply = await there.get(USAGE + query)
    expect([reply.status, reply.body['code']]).toEqual([status, code])
  })

  it('of a customer whom nobody has made is not found, and is never guessed', async () => {
    const reply = await there.get('/v1/customers/nobody/usage?featureId=api-calls')
    expect([reply.status, reply.body['code']]).toEqual([404, 'customer_not_found'])
    const cut = edge(await openShop(), { CUSTOMERS: down.CUSTOMERS })
    expect((await cut.get(`${USAGE}?featureId=api-calls`)).status).toBe(503)
  })
})

describe('the ledger', () => {
  it('names lot, day, kind and actor of every change, the newest day first', async () => {
    const reply = await there.get(`${USAGE}/entries?featureId=api-calls`)
    expect(listUsageEntries.answer.safeParse(reply.body).error).toBeUndefined()
    expect(reply.body['nextCursor']).toBeNull()
    const rows = dataOf(reply)
    expect(rows.map(({ day, kind, quantity, count }) => [day, kind, quantity, count])).toEqual([
      ['2026-03-02', 'set', 7, 1],
      ['2026-02-28', 'period_closed', -31, 1],
      ['2026-02-26', 'report', 20, 1],
      ['2026-02-26', 'give_back', -4, 1],
      ['2026-02-25', 'consume', 15, 2],
    ])
    expect(rows[0]).toMatchObject({ lastActor: expect.stringMatching(/^key:key_/) })
    expect(rows[1]).toMatchObject({ lastActor: 'system:time' })
  })

  it('comes page by page, each row once', async () => {
    const all = dataOf(await there.get(`${USAGE}/entries?featureId=api-calls`))
    const pages: unknown[] = []
    let cursor = ''
    do {
      const reply = await there.get(`${USAGE}/entries?featureId=api-calls&pageSize=2${cursor}`)
      pages.push(...dataOf(reply))
      const nextCursor = reply.body['nextCursor'] as string | null
      cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`
    } while (cursor !== '')
    expect(pages).toEqual(all)
  })

  it('takes no cursor of another list', async () => {
    const { body } = await there.get(`${USAGE}/entries?featureId=api-calls&pageSize=1`)
    const cursor = String(body['nextCursor'])
    const reply = await there.get(`${USAGE}/entries?featureId=sso&cursor=${cursor}`)
    expect([reply.status, reply.body['code']]).toEqual([400, 'invalid_cursor'])
  })
})
