import { describe, expect, it } from 'vitest'
import { dated } from '../../schema/relative-dates.ts'
import { seedDocument } from '../../scripts/seed/document.ts'

const BASE = Date.UTC(2026, 10, 22, 12)

describe('dates of a seed file', () => {
  it.each([
    ['now', '2026-11-22T12:00:00.000Z'],
    ['-10d', '2026-11-12T12:00:00.000Z'],
    ['+3h', '2026-11-22T15:00:00.000Z'],
    ['-90m', '2026-11-22T10:30:00.000Z'],
    ['+2w', '2026-12-06T12:00:00.000Z'],
    ['2026-01-31T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['soon', 'soon'],
  ])('%s is %s', (text, instant) => {
    expect(dated({ startAt: text }, BASE)).toEqual({ startAt: instant })
  })

  it('are found at any depth, and nothing else is touched', () => {
    const body = { at: 'now', list: [{ endsAt: '-1d', name: '-1d' }], count: 3, absent: null }
    expect(dated(body, BASE)).toEqual({
      at: '2026-11-22T12:00:00.000Z',
      list: [{ endsAt: '2026-11-21T12:00:00.000Z', name: '-1d' }],
      count: 3,
      absent: null,
    })
  })
})

describe('a seed file', () => {
  it('is the body of PUT /v1/catalogue plus customers', () => {
    const document = seedDocument(
      JSON.stringify({
        features: [],
        plans: [],
        customers: [
          {
            id: 'a',
            name: 'A',
            subscriptions: [{ planId: 'pro', actions: [{ action: 'cancel', when: 'now' }] }],
          },
        ],
      }),
    )
    expect(document).toEqual({
      catalogue: { features: [], plans: [] },
      customers: [
        {
          id: 'a',
          body: { name: 'A' },
          subscriptions: [
            { body: { planId: 'pro' }, actions: [{ action: 'cancel', body: { when: 'now' } }] },
          ],
          overrides: [],
          usage: [],
        },
      ],
    })
  })

  it('may hold customers only', () => {
    expect(seedDocument('{"customers": []}')).toEqual({ catalogue: null, customers: [] })
  })
})
