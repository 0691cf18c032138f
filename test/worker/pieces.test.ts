import { expect, it } from 'vitest'
import { inOnePiece } from '../../worker/pieces.ts'

it('pieces are joined in their order', () => {
  const pieces = ['[', '1', ',', '2', ']'].map((text) => new TextEncoder().encode(text))
  expect(new TextDecoder().decode(inOnePiece(pieces))).toBe('[1,2]')
})
