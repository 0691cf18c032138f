/**
 * `npm run seed:large`: a service with 100,000 customers, 300 features and 60 plans, and what pages take there.
 *
 * It keeps them in a state folder of their own, apart from those of `npm run dev`. A second run measures alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startLocal } from './dev/local.ts'
import { lockFolder } from './dev/lock.ts'
import { freePort, HOST } from './dev/port.ts'
import { openBrowser } from '../test/support/browser.ts'
import { command, Refusal } from './dev/refusal.ts'
import { askAll } from './large/ask.ts'
import { loadLarge } from './large/load.ts'
import { lookAtAll } from './large/look.ts'
import { report } from './large/report.ts'
import { ROOT } from './install.mjs'
import { client } from './seed/client.ts'

const FOLDER = '.wrangler/large'
const CUSTOMERS = 100_000
/** As few as there is one of each kind among, and a second page. */
const CUSTOMERS_MIN = 110
const CUSTOMERS_MAX = 1_000_000

const USAGE = `npm run seed:large [-- --customers N --persist-to DIR]

  --customers N     how many there are to be, 110 to 1000000 (100000)
  --persist-to DIR  where they are kept (${FOLDER})`

/** In the reverse order, at the end. */
const undo: (() => Promise<void>)[] = []

await command(async () => {
  const { folder, customers } = options(process.argv.slice(2))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)))
  try {
    const port = await freePort()
    const lock = lockFolder(folder, `http://${HOST}:${port}`)
    undo.push(async () => lock.release())
    await import('./dashboard.ts')
    const { url, key, server } = await startLocal({ port, stateFolder: folder, key: null })
    undo.push(() => server.stop())
    await server.ready
    const held = await seed(folder, customers, { url, key })
    await measure({ url, key }, held)
    console.log(`\nTo look at it: npm run dev -- --persist-to ${relative(ROOT, folder)}`)
  } finally {
    await end()
  }
  process.exit(0)
})

async function end(): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}

interface Service {
  readonly url: string
  readonly key: string
}

/** What a folder is known to hold, so that a load that was broken off goes on as it began. */
interface Mark {
  readonly base: number
  readonly customers: number
  readonly isDone: boolean
}

/** Loads what is not there yet; returns how many customers there are. */
async function seed(folder: string, customers: number, { url, key }: Service): Promise<number> {
  const file = join(folder, 'large.json')
  const known: Mark | null = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
  if (known?.isDone === true && known.customers >= customers) {
    console.log(`${folder} holds ${known.customers} customers already.`)
    return known.customers
  }
  const base = known?.base ?? Date.now()
  const note = (isDone: boolean) =>
    writeFileSync(file, JSON.stringify({ base, customers, isDone } satisfies Mark))
  note(false)
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1000)
  const onProgress = (done: number) => {
    if (done % 10_000 === 0) console.error(`… ${done} customers after ${seconds()} s`)
  }
  await loadLarge({ service: client(url, key), customers, base, onProgress })
  note(true)
  // What `npm run dev` would load into a folder that is new to it.
  writeFileSync(join(folder, 'dev.seeded'), '')
  console.log(`Loaded ${customers} customers in ${seconds()} s.`)
  return customers
}

async function measure(service: Service, customers: number): Promise<void> {
  console.error('… asking the API')
  const asked = await askAll(client(service.url, service.key), customers)
  console.error('… looking at pages')
  const browser = await openBrowser()
  undo.push(() => browser.close())
  console.log(`\n${report(asked, await lookAtAll(browser, service, customers))}`)
}

function options(args: readonly string[]): { readonly folder: string; readonly customers: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        customers: { type: 'string', default: String(CUSTOMERS) },
        'persist-to': { type: 'string', default: FOLDER },
      },
    })
    const customers = Number(values.customers)
    const isInBounds = customers >= CUSTOMERS_MIN && customers <= CUSTOMERS_MAX
    if (Number.isSafeInteger(customers) && isInBounds)
      return { folder: resolve(values['persist-to']), customers }
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
  throw new Refusal(USAGE)
}
