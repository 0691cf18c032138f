import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  allGone,
  type Command,
  descendants,
  interrupt,
  npm,
  type Process,
  ranNpm,
  temporaryFolder,
} from './processes.ts'

const room = temporaryFolder()

/** It waits for a real browser thirteen times. */
const PATIENCE_MS = 300_000

let command: Command
let printed: string
let code: number | null | undefined
let started: readonly Process[]

afterAll(async () => {
  // Where it has not come to its end by itself.
  if (code === undefined) await interrupt(command)
  room.remove()
})
beforeAll(async () => {
  command = npm(['seed:large', '--', '--customers', '110', '--persist-to', room.path])
  await command.says('Loaded 110 customers')
  started = descendants(command.pid)
  code = await command.over
  printed = command.printed()
}, PATIENCE_MS)

/** The figures of the row that begins so. */
function figuresOf(what: string): readonly number[] {
  const row = printed.split('\n').find((line) => line.startsWith(`| ${what} |`)) ?? ''
  return row
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replaceAll(',', '')))
}

describe('npm run seed:large', () => {
  it('loads customers, then times what the API answers', () => {
    expect(code, printed).toBe(0)
    const [firstMs, thenMs, kilobytes] = figuresOf('the catalogue')
    expect([firstMs, thenMs]).not.toContain(0)
    expect(kilobytes).toBeGreaterThan(300)
    expect(figuresOf('customers: overridden')[2]).toBeGreaterThan(0)
  })

  it.each([
    ['Home', 4],
    ['Customers', 4],
    ['A customer', 4],
    ['Plans: the matrix', 4],
    ['A plan', 4],
    ['Features', 4],
    ['Customers: the last key of an id, until it stands alone', 1],
    ['Matrix: the longest frame, scrolling to its end', 1],
    ['Palette: an id typed, until it is offered', 1],
    ['A plan: a value’s editor', 1],
  ])('sees in a browser, with 300 features by 60 plans: %s', (what, count) => {
    const figures = figuresOf(what)
    expect(figures).toHaveLength(count)
    expect(figures.filter((ms) => !(ms > 0))).toEqual([])
  })

  it('leaves data, says how to look at it, and no process', async () => {
    expect(started.length).toBeGreaterThan(0)
    await allGone(started)
    expect(printed).toContain('npm run dev -- --persist-to ')
  })

  it('says what it takes', async () => {
    const wrong = await ranNpm(['seed:large', '--', '--customers', 'many'])
    expect(wrong.code).toBe(1)
    expect(wrong.printed).toContain('npm run seed:large [-- --customers N --persist-to DIR]')
  })
})
