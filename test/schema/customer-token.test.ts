import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBase64Url, toBase64Url } from '../../schema/base64url.ts'
import {
  claimsIn,
  generationIn,
  packClaims,
  TOKEN_LENGTH_MAX,
  TOKEN_FEATURES_MAX,
  TOKEN_SCOPES,
  tokenHeader,
  tokenParts,
} from '../../schema/customer-token.ts'
import { CUSTOMER_ID } from '../../schema/ids.ts'

const seconds = fc.integer({ min: 0, max: 2 ** 40 }).map((each) => each * 1000)
const claims = fc.record({
  id: fc.stringMatching(/^tok_[0-9a-z]{26}$/),
  environment: fc.constantFrom('sandbox' as const, 'production' as const),
  customerId: fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$/),
  scopes: fc.subarray([...TOKEN_SCOPES], { minLength: 1 }),
  featureIds: fc.option(
    fc.array(fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/), { minLength: 1 }),
  ),
  issuedAt: seconds,
  expiresAt: seconds,
})

const SIGNATURE = toBase64Url('\0'.repeat(32))

describe('what a token says', () => {
  it('is read as it was packed, whatever its customer is called', () => {
    fc.assert(
      fc.property(claims, (said) => {
        expect(claimsIn(packClaims(said))).toEqual(said)
      }),
    )
  })

  it('is nothing else when a character is changed, or it is not read', () => {
    fc.assert(
      fc.property(claims, fc.nat(), (said, at) => {
        const text = fromBase64Url(packClaims(said)) ?? ''
        const place = at % text.length
        const other = text.charAt(place) === '}' ? ']' : '}'
        const changed = text.slice(0, place) + other + text.slice(place + 1)
        expect(claimsIn(toBase64Url(changed))).not.toEqual(said)
      }),
    )
  })
})

describe('a token', () => {
  it('comes apart as it was put together', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 10 ** 14 }), (said, generation) => {
        const [header, payload] = [tokenHeader(generation), packClaims(said)]
        const parts = tokenParts(`${header}.${payload}.${SIGNATURE}`)
        expect(parts).toMatchObject({ header, payload })
        expect(generationIn(parts?.header ?? '')).toBe(generation)
      }),
    )
  })

  it('is never too long for what may be asked for', () => {
    const longest = {
      id: `tok_${'z'.repeat(26)}`,
      environment: 'production' as const,
      // Of all that a customer may be called, JSON makes most of these.
      customerId: '"'.repeat(128),
      scopes: TOKEN_SCOPES,
      featureIds: Array.from({ length: TOKEN_FEATURES_MAX }, () => 'f'.repeat(64)),
      issuedAt: 4e15,
      expiresAt: 4e15,
    }
    expect(longest.customerId).toMatch(CUSTOMER_ID)
    const text = `${tokenHeader(10 ** 14)}.${packClaims(longest)}.${SIGNATURE}`
    expect(text.length).toBeLessThanOrEqual(TOKEN_LENGTH_MAX)
    expect(tokenParts(text)).not.toBeNull()
  })
})
