import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE_ID, CUSTOMER_ID, ID_RANDOM_BYTES, MADE_ID, newId } from '../../schema/ids.ts'
import { SECRET_RANDOM_BYTES, hashKey, makeSecretKey, parseSecretKey } from '../../schema/keys.ts'
import { MAX_TOKENS, decodeTokens, encodeToken, floorOf } from '../../schema/token.ts'
import { customerId, natural } from './arbitraries.ts'

const randomness = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('ids', () => {
  test.each(['a', '0', 'api-calls', 'a_b', 'constructor', 'x'.repeat(64)])(
    '%j names a plan',
    (id) => {
      expect(id).toMatch(CATALOGUE_ID)
    },
  )

  test.each(['', 'A', '-a', '_a', 'a b', 'a/b', 'é', 'a\n', '__proto__', 'x'.repeat(65)])(
    '%j names no plan',
    (id) => expect(id).not.toMatch(CATALOGUE_ID),
  )

  test.each(['a', 'org/1', 'A b', 'me@x.io', '...', '%2F', '__proto__', 'x'.repeat(128)])(
    '%j names a customer',
    (id) => expect(id).toMatch(CUSTOMER_ID),
  )

  test.each(['', '.', '..', ' a', 'a ', ' ', 'a\n', 'a\t', 'é', '\u007f', 'x'.repeat(129)])(
    '%j names no customer',
    (id) => expect(id).not.toMatch(CUSTOMER_ID),
  )

  test('made by Sluice sort by time', () => {
    const time = fc.nat({ max: 2 ** 45 })
    fc.assert(
      fc.property(time, time, randomness(10), randomness(10), (a, b, one, other) => {
        fc.pre(a !== b)
        expect(newId('sub', a, one) < newId('sub', b, other)).toBe(a < b)
      }),
    )
  })

  test('made by Sluice differ when their randomness differs, and look like ids', () => {
    fc.assert(
      fc.property(randomness(ID_RANDOM_BYTES), randomness(ID_RANDOM_BYTES), (one, other) => {
        const id = newId('key', 1_763_805_600_123, one)
        expect(id).toMatch(MADE_ID)
        expect(id === newId('key', 1_763_805_600_123, other)).toBe(one.join() === other.join())
      }),
    )
  })
})

describe('secret keys', () => {
  const any = fc.tuple(
    fc.constantFrom('sandbox' as const, 'production' as const),
    randomness(SECRET_RANDOM_BYTES).filter(
      (bytes) => bytes.filter((each) => each < 248).length >= 32,
    ),
  )

  test('name their environment', () => {
    fc.assert(
      fc.property(any, ([environment, random]) => {
        expect(parseSecretKey(makeSecretKey(environment, random))).toEqual({ environment })
      }),
    )
  })

  test('with one character changed are no keys', () => {
    fc.assert(
      fc.property(
        any,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        ([environment, random], at, other) => {
          const key = makeSecretKey(environment, random)
          const place = at % key.length
          fc.pre(key[place] !== other)
          expect(parseSecretKey(key.slice(0, place) + other + key.slice(place + 1))).toBeNull()
        },
      ),
    )
  })

  test('carry the checksum that zlib computes', () => {
    // python3 -c "import zlib; print(zlib.crc32(b'sluice_sk_sandbox_' + b'0' * 32))"
    expect(makeSecretKey('sandbox', new Uint8Array(64))).toBe(
      `sluice_sk_sandbox_${'0'.repeat(32)}2X02Cw`,
    )
  })

  test('are stored as their SHA-256', async () => {
    expect(await hashKey('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  test('cannot be made of too little randomness', () => {
    expect(() => makeSecretKey('sandbox', new Uint8Array(64).fill(255))).toThrow('randomness')
  })
})

describe('consistency tokens', () => {
  const any = fc.record({
    customerId: fc.option(customerId, { nil: null }),
    revision: natural,
    version: natural,
    catalogueRevision: natural,
  })

  test('read back as the floor that they ask for', () => {
    fc.assert(
      fc.property(any, (token) => {
        const floors = decodeTokens(encodeToken(token))
        const { customerId: id, revision, version, catalogueRevision } = token
        expect(floors && floorOf(floors, id ?? 'anyone')).toEqual(
          id === null
            ? { revision: 0, version: 0, catalogueRevision }
            : { revision, version, catalogueRevision },
        )
      }),
    )
  })

  test('joined by commas ask for the newest of each', () => {
    const one = { customerId: 'a', revision: 5, version: 1, catalogueRevision: 3 }
    const other = { customerId: 'a', revision: 4, version: 9, catalogueRevision: 2 }
    const third = { customerId: 'b', revision: 1, version: 1, catalogueRevision: 0 }
    const floors = decodeTokens([one, other, third].map(encodeToken).join(', '))
    expect(floors && floorOf(floors, 'a')).toEqual({
      revision: 5,
      version: 9,
      catalogueRevision: 3,
    })
    expect(floors && floorOf(floors, 'b')).toEqual({
      revision: 1,
      version: 1,
      catalogueRevision: 3,
    })
    expect(floors && floorOf(floors, 'c')).toEqual({
      revision: 0,
      version: 0,
      catalogueRevision: 3,
    })
  })

  test('of one customer say nothing of another', () => {
    const token = encodeToken({ customerId: 'a', revision: 5, version: 1, catalogueRevision: 0 })
    const floors = decodeTokens(token)
    expect(floors && floorOf(floors, 'b')).toEqual({
      revision: 0,
      version: 0,
      catalogueRevision: 0,
    })
  })

  test('more than a page of them are refused', () => {
    const token = encodeToken({ customerId: 'a', revision: 5, version: 1, catalogueRevision: 0 })
    expect(decodeTokens(Array(MAX_TOKENS).fill(token).join(','))).not.toBeNull()
    expect(
      decodeTokens(
        Array(MAX_TOKENS + 1)
          .fill(token)
          .join(','),
      ),
    ).toBeNull()
  })

  test.each([
    '',
    ',',
    'x',
    'c1:1:1:1:a',
    btoa('c1:1:1:1:a'),
    raw('c2:1:1:1:a'),
    raw('c1:1:1:a'),
    raw('c1:-1:1:1:a'),
    raw('c1:zzzzzzzzzzz:1:1:a'),
    raw('c1:1:1:1: a'),
    raw('c1:1:1:1:..'),
    raw('c1:1:1:1:a\n'),
    'A'.repeat(100_000),
  ])('%.30j is none', (text) => {
    expect(decodeTokens(text)).toBeNull()
  })

  test('any text reads without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => void decodeTokens(text)),
    )
  })
})

function raw(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
