import { describe, expect, it, test } from 'vitest'
import { jsonBytes, sameJson } from '../../entitlements/json.ts'

describe('the same JSON', () => {
  test.each([
    [
      { a: 1, b: [2, { c: null }] },
      { b: [2, { c: null }], a: 1 },
    ],
    [[], []],
    ['', ''],
    [0, 0],
  ])('is %j and %j', (a, b) => {
    expect(sameJson(a, b)).toBe(true)
    expect(sameJson(b, a)).toBe(true)
  })

  test.each([
    [
      [1, 2],
      [2, 1],
    ],
    [[1], { 0: 1 }],
    [{}, []],
    [{}, null],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ a: 1 }, { b: 1 }],
    [JSON.parse('{"__proto__": {}}'), { a: {} }],
    [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
    [0, false],
    ['1', 1],
  ])('is not %j and %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false)
    expect(sameJson(b, a)).toBe(false)
  })
})

describe('the length of JSON', () => {
  it('is that of its text in UTF-8', () => {
    const values = ['plain', 'é', '€', '😀', '\u0000"\\', '\ud800', { clé: ['€', 1.5, null] }, true]
    const encoder = new TextEncoder()
    expect(values.map(jsonBytes)).toEqual(
      values.map((value) => encoder.encode(JSON.stringify(value)).length),
    )
  })
})
