import { describe, expect, test } from 'vitest'
import { nextTryAt, retryAfterMs } from '../../../worker/webhooks/schedule.ts'

const NOW = Date.parse('2026-11-26T10:00:00Z')
const HOUR = 3_600_000

const wait = (tries: number, asked: number | null = null, chance = 0) => {
  const at = nextTryAt({ tries, now: NOW, retryAfterMs: asked, chance })
  return at === null ? null : (at - NOW) / 1000
}

describe('what was not received', () => {
  test.each([
    [1, 5],
    [2, 5 * 60],
    [3, 30 * 60],
    [4, 2 * 3600],
    [5, 5 * 3600],
    [6, 10 * 3600],
    [7, 14 * 3600],
    [8, 20 * 3600],
    [9, 24 * 3600],
    [10, null],
    [11, null],
  ])('after try %i is tried again %s seconds later', (tries, seconds) => {
    expect(wait(tries)).toBe(seconds)
  })

  test('is tried for three days and a little', () => {
    const waits = Array.from({ length: 9 }, (_, at) => wait(at + 1) ?? 0)
    expect(waits.reduce((sum, each) => sum + each, 0) / 3600).toBeCloseTo(75.6, 1)
  })

  test('comes back up to a tenth later, never earlier', () => {
    expect([wait(2, null, 0), wait(2, null, 0.5), wait(2, null, 1)]).toEqual([300, 315, 330])
  })

  test('waits for as long as its receiver asks, at most a day, and never less than the schedule', () => {
    expect(wait(1, 60_000)).toBe(60)
    expect(wait(2, 60_000)).toBe(300)
    expect(wait(1, 100 * HOUR)).toBe(24 * 3600)
    expect(wait(10, 60_000)).toBeNull()
  })
})

test.each([
  [null, null],
  ['120', 120_000],
  ['0', 0],
  ['Thu, 26 Nov 2026 10:00:30 GMT', 30_000],
  ['Thu, 26 Nov 2026 09:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
  ['1e3', null],
  ['99999999999999999999', null],
])('Retry-After: %s asks for %s ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms)
})
