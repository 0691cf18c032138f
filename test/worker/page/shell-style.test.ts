import { expect, it } from 'vitest'
import { SHELL_STYLE } from '../../../worker/page/shell-style.ts'

/** Text on what it stands on. */
const PAIRS = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['ink', 'wash'],
  ['soft', 'card'],
  ['soft', 'paper'],
  ['accent', 'card'],
  ['accent-ink', 'accent'],
  ['good', 'good-wash'],
  ['good', 'card'],
  ['bad', 'bad-wash'],
  ['bad', 'card'],
  ['warn', 'warn-wash'],
] as const

const [light = '', dark = ''] = [...SHELL_STYLE.matchAll(/:root \{([^}]+)\}/g)].map(
  ([, block]) => block,
)

it.each([
  ['light', light],
  ['dark', dark],
])('text can be read on everything that it stands on: %s', (_, block) => {
  const faint = PAIRS.filter(([text, ground]) => {
    const [a, b] = [luminance(block, text), luminance(block, ground)]
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5
  })
  expect(faint).toEqual([])
})

/** As WCAG has it. */
function luminance(block: string, name: string): number {
  const [, short = ''] = new RegExp(`--${name}: #([0-9a-f]+);`).exec(block) ?? []
  const hex = short.length === 3 ? short.replaceAll(/./g, '$&$&') : short
  const [r = NaN, g = NaN, b = NaN] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
