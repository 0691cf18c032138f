import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDocument, encodeDocument } from '../../schema/document.ts'
import { catalogueFrom, decodeHead, encodeHead } from '../../schema/head.ts'
import { decodeKey, encodeKey } from '../../schema/keys.ts'
import { decodeSnapshot, encodeSnapshot } from '../../schema/snapshot.ts'
import { compiledPlan, head, keyRecord, snapshot } from './arbitraries.ts'

interface Codec<T> {
  name: string
  any: fc.Arbitrary<T>
  encode: (value: T) => string
  decode: (text: string) => T | null
}

const codec = <T>(
  name: string,
  any: fc.Arbitrary<T>,
  encode: (value: T) => string,
  decode: (text: string) => T | null,
): Codec<unknown> =>
  // Each row is tried with its own kind of value only; the table itself need not know which.
  ({ name, any, encode, decode }) as Codec<unknown>

const CODECS = [
  codec('a snapshot', snapshot, encodeSnapshot, decodeSnapshot),
  codec('a plan document', compiledPlan, encodeDocument, decodeDocument),
  codec('a head', head, encodeHead, decodeHead),
  codec('a key', keyRecord, encodeKey, decodeKey),
]

describe.each(CODECS)('$name', ({ any, encode, decode }) => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(any, (value) => {
        expect(decode(encode(value))).toStrictEqual(value)
      }),
    )
  })

  test('gives the same text for the same value', () => {
    fc.assert(
      fc.property(any, (value) => {
        const text = encode(value)
        expect(encode(decode(text))).toBe(text)
      }),
    )
  })

  test('of another format is unreadable', () => {
    fc.assert(
      fc.property(any, fc.oneof(fc.integer({ min: 2 }), fc.jsonValue()), (value, format) => {
        fc.pre(format !== 1)
        const [, ...rest]: unknown[] = JSON.parse(encode(value))
        expect(decode(JSON.stringify([format, ...rest]))).toBeNull()
      }),
    )
  })

  test('with a field more at its end still reads, so that a newer writer may add one', () => {
    fc.assert(
      fc.property(any, fc.jsonValue(), (value, added) => {
        const fields: unknown[] = JSON.parse(encode(value))
        expect(decode(JSON.stringify([...fields, added]))).toStrictEqual(value)
      }),
    )
  })

  test('cut off anywhere is unreadable', () => {
    fc.assert(
      fc.property(any, fc.nat(), (value, at) => {
        const text = encode(value)
        expect(decode(text.slice(0, at % text.length))).toBeNull()
      }),
    )
  })

  test('with any part replaced is unreadable or another well-formed one, never a throw', () => {
    fc.assert(
      fc.property(any, fc.nat(), fc.jsonValue(), (value, at, intruder) => {
        const damaged = replaceAt(JSON.parse(encode(value)), { left: at % 60 }, intruder)
        const read = decode(JSON.stringify(damaged))
        expect(read === null ? null : decode(encode(read))).toStrictEqual(read)
      }),
    )
  })

  test.each([
    '',
    'null',
    '{}',
    '[]',
    '[1]',
    '0',
    '"1"',
    'NaN',
    '\u0000',
    '[1,null,null,null,null,null,null,null]',
    '{"__proto__":[1]}',
    '['.repeat(200_000),
  ])('damaged text %# reads as nothing', (text) => {
    expect(decode(text)).toBeNull()
  })

  test('reads any text without throwing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decode(text)))
  })
})

test('a catalogue is made of the head and the plans at hand', () => {
  fc.assert(
    fc.property(head, compiledPlan, (top, plan) => {
      const plans = new Map([[plan.id, plan]])
      expect(catalogueFrom(top, plans)).toStrictEqual({
        revision: top.revision,
        features: top.features,
        plans,
        defaultPlanId: top.defaultPlanId,
      })
    }),
  )
})

test('a repeated id makes a head unreadable, because readers could choose differently', () => {
  expect(decodeHead('[1,5,null,[["pro",1],["pro",2]],[]]')).toBeNull()
})

/** Replaces the n-th node of a JSON tree, counted depth first. */
function replaceAt(node: unknown, count: { left: number }, intruder: unknown): unknown {
  if (count.left-- === 0) return intruder
  if (Array.isArray(node)) return node.map((each) => replaceAt(each, count, intruder))
  return node
}
