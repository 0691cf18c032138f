/** `npm run growth`: what things take at a hundred, ten thousand and a hundred thousand customers, counted. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { startVitest } from 'vitest/node'
import { command, Refusal } from './dev/refusal.ts'
import { LOCAL_ENV } from './dev/wrangler.ts'
import { GROWTH, type Growth, tables } from './growth/report.ts'

const LARGE: Growth = { sizes: [100, 10_000, 100_000], due: 10_000 }

/** Where Linux keeps files in memory. Operations are counted here, and what they wait for only takes time. */
const MEMORY = '/dev/shm'
const ROOM_MIN = 4 * 2 ** 30

await command(async () => {
  if (process.argv.length > 2) throw new Refusal('npm run growth takes no options.')
  const remove = keepDataInMemory()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      remove()
      process.exit(130)
    })
  try {
    await run()
  } finally {
    remove()
  }
  process.exit(0)
})

async function run(): Promise<void> {
  Object.assign(process.env, LOCAL_ENV, { [GROWTH]: JSON.stringify(LARGE) })
  const print = process.stdout.write.bind(process.stdout)
  // The runtime's own chatter is not part of what is found.
  process.stdout.write = process.stderr.write.bind(process.stderr)
  tell('growing to 100,000 customers, and having 10,000 objects do what is due: some minutes')
  const vitest = await startVitest('test', ['test/worker/growth.test.ts'], {
    project: ['workerd'],
    watch: false,
    reporters: [{ onTestCaseResult: (test) => tell(`${test.result().state}: ${test.name}`) }],
    onConsoleLog: () => false,
  })
  const tests = vitest.state.getTestModules().flatMap((each) => [...each.children.allTests()])
  const errors = tests.flatMap((test) => test.result().errors ?? [])
  const failures = [
    ...errors.map(({ message, diff }) => `${message}\n${diff ?? ''}`),
    ...vitest.state.getUnhandledErrors().map(String),
  ]
  await vitest.close()
  print(`${tables(tests.flatMap((test) => test.meta().findings ?? []))}\n`)
  if (failures.length > 0) throw new Refusal(['It is not flat:', ...failures].join('\n'))
  if (tests.length === 0) throw new Refusal('Nothing has been counted.')
}

/** Where there is room for it: returns what takes it away again. */
function keepDataInMemory(): () => void {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < ROOM_MIN) return () => {}
    const folder = mkdtempSync(join(MEMORY, 'sluice-growth-'))
    process.env['TMPDIR'] = folder
    return () => rmSync(folder, { recursive: true, force: true })
  } catch {
    return () => {}
  }
}

function tell(text: string): void {
  console.error(`… ${text}`)
}
