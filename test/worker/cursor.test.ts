import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../../worker/cursor.ts'

const NOW = Date.UTC(2026, 10, 22)
const DAY = 86_400_000
const position = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeNat()))

describe('a cursor', () => {
  test('leads back to where the page ended, whatever stands there', () => {
    fc.assert(
      fc.property(position, (where) => {
        const cursor = encodeCursor('customers', where, NOW)
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
        expect(decodeCursor('customers', cursor, NOW + DAY)).toEqual(where)
      }),
    )
  })

  test('is worth nothing after 24 hours or in another list', () => {
    const cursor = encodeCursor('customers', ['acme'], NOW)
    expect(decodeCursor('customers', cursor, NOW + DAY + 1)).toBeNull()
    expect(decodeCursor('keys', cursor, NOW)).toBeNull()
  })

  test('that is any other text is none, and never a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json({ stringUnit: 'grapheme-ascii' }).map((text) => btoa(text)),
        ),
        (text) => {
          expect(decodeCursor('customers', text, NOW)).toBeNull()
        },
      ),
    )
  })
})
