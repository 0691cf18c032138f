import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allGone, descendants, npm, type Process, temporaryFolder } from './processes.ts'

const CHAPTERS = 10

let printed: string
let code: number | null
let started: readonly Process[]
let during: readonly string[]
const room = temporaryFolder()
const folders = () => readdirSync(room.path).filter((name) => name.startsWith('sluice-demo-'))

afterAll(() => room.remove())
beforeAll(async () => {
  const demo = npm(['demo'], { TMPDIR: room.path })
  await demo.says('The story of demo-')
  started = descendants(demo.pid)
  during = folders()
  code = await demo.over
  printed = demo.printed()
})

describe('npm run demo', () => {
  it('tells a life from a stranger’s question to a refund, on a service of its own', () => {
    expect(code, printed).toBe(0)
    expect(printed.match(/^ {1,2}\d+ {2}\S/gm)).toHaveLength(CHAPTERS)
    expect(printed).toMatch(/→ no: unknown_customer[^]+→ yes: within_limit[^]+→ no: grace_ended/)
    expect(printed).toMatch(/→ no: grace_ended[^]+→ yes: within_limit[^]+→ no: subscription_ended/)
  })

  it('shows every event beside it, each received as a signed webhook', () => {
    const events = printed.split('\n').filter((line) => line.includes('◂ '))
    const [told, ...stories] = events.filter((line) => !line.includes('Lines with'))
    expect(stories.length).toBeGreaterThan(20)
    expect([told, ...stories].filter((line) => !line?.includes('✓ webhook'))).toEqual([])
    expect(printed).toMatch(
      /The end\. (\d+) events, \1 of them received as webhooks, none forged\./,
    )
  })

  it('leaves neither a process nor a file', async () => {
    expect(started.length).toBeGreaterThan(0)
    await allGone(started)
    expect(during).toHaveLength(1)
    expect(folders()).toEqual([])
  })

  it('says what it takes', async () => {
    const wrong = npm(['demo', '--', '--url', 'http://127.0.0.1:1'], { SLUICE_KEY: '' })
    expect(await wrong.over).toBe(1)
    expect(wrong.printed()).toContain('npm run demo [-- --url URL --key KEY]')
  })
})
