import { describe, expect, test } from 'vitest'
import { suggestion } from '../../schema/suggest.ts'

const IDS = ['advanced-analytics', 'sso', 'api-calls', 'starter', 'pro', 'constructor']

describe('what was probably meant', () => {
  test.each([
    ['advanced-analytic', 'advanced-analytics'],
    ['advanced_analytics', 'advanced-analytics'],
    ['api-clals', 'api-calls'],
    ['apicalls', 'api-calls'],
    ['startr', 'starter'],
    ['strater', 'starter'],
    ['ss', 'sso'],
    ['por', 'pro'],
    ['constructr', 'constructor'],
  ])('by %s is %s', (id, meant) => {
    expect(suggestion(id, IDS)).toBe(meant)
  })

  test.each(['white-label', 'zzzzzzzz', 'enterprise', ''])('by %j is nobody’s guess', (id) => {
    expect(suggestion(id, id === '' ? ['storage'] : IDS)).toBeNull()
  })

  test('is the nearest of several, the first of equals, and never the same word', () => {
    expect(suggestion('pro2', ['pro-22', 'pro-2', 'pro1'])).toBe('pro-2')
    expect(suggestion('pro', ['pro'])).toBeNull()
  })

  test('is found among as many ids as a catalogue holds in no time', () => {
    const ids = Array.from({ length: 700 }, (_, n) => `${'x'.repeat(58)}${n}`)
    expect(suggestion(`${'x'.repeat(58)}69y`, ids)).toBe(`${'x'.repeat(58)}69`)
  })
})
