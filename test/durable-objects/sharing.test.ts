/** Sharing: one decoded copy of a text, however many objects read it. */
import { describe, expect, it } from 'vitest'
import { sharing } from '../../durable-objects/sharing.ts'

/** What was decoded, in order. */
function decoder() {
  const seen: string[] = []
  const read = sharing((text) => {
    seen.push(text.slice(0, 5))
    return text.startsWith('bad') ? null : { length: text.length }
  })
  return { seen, read }
}

describe('a text that objects share', () => {
  it('is decoded once, and is the same value for everybody', () => {
    const { seen, read } = decoder()
    const first = read('plan1')
    expect(read('plan1')).toBe(first)
    expect(read('plan2')).not.toBe(first)
    expect(seen).toEqual(['plan1', 'plan2'])
  })

  it('is tried again each time where it cannot be read', () => {
    const { seen, read } = decoder()
    expect([read('bad'), read('bad')]).toEqual([null, null])
    expect(seen).toEqual(['bad', 'bad'])
  })

  it('makes room for others when too much is kept', () => {
    const { seen, read } = decoder()
    const large = 'x'.repeat(1_500_000)
    for (const text of [`one__${large}`, `two__${large}`, `one__${large}`]) read(text)
    expect(seen).toEqual(['one__', 'two__', 'one__'])
  })
})
