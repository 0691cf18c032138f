import { describe, expect, test } from 'vitest'
import type { Json } from '../../entitlements/allowance.ts'
import { mergePatch } from '../../worker/change/merge-patch.ts'

describe('a merge patch', () => {
  // The test cases of RFC 7396, appendix A.
  test.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  test('touches no prototype', () => {
    const patch = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"a": 1}}') as Json
    const result = mergePatch({}, patch)
    expect(Object.keys(Object(result))).toEqual(['__proto__', 'constructor'])
    expect('polluted' in {}).toBe(false)
  })

  test('leaves what it was given as it is', () => {
    const target = { a: { b: 1 } }
    mergePatch(target, { a: { b: null, c: 2 } })
    expect(target).toEqual({ a: { b: 1 } })
  })
})
