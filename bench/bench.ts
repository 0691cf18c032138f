/**
 * `npm run bench`: the service beside the floors of its platform, on this machine, in one run.
 *
 * Prints ratios as Markdown, or says why they would mean nothing. What it starts ends with it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../schema/keys.ts'
import { command, Refusal } from '../scripts/dev/refusal.ts'
import { count, COUNTED_CUSTOMERS } from './count.ts'
import { makeFolder } from './folder.ts'
import { IN_PROCESS, measureInProcess } from './in-process.ts'
import { startLoader } from './loader.ts'
import { type Bench, FOREIGN_MAX, measure, measurePace, type Slice } from './measure.ts'
import { type Options, optionsFrom } from './options.ts'
import { canWatch, foreignNow } from './processes.ts'
import {
  type Counted,
  countTable,
  inProcessTable,
  machine,
  type Paced,
  paceTable,
  ratioTable,
} from './report.ts'
import { startRuntime } from './runtime.ts'
import { families, type Family, type Scenario } from './scenarios.ts'
import { fillShop } from './shop.ts'

const PER_SECOND = 1_000
/** What is measured at a fixed rate, too. */
const PACED = ['constant', 'check', 'commit-1-16', 'consume-1-16']
/** Whose operations are counted. */
const COUNTED = [
  'check',
  'check-kv',
  'list',
  'batch',
  'consume-1-16',
  'consume-1-64',
  'consume-1-256',
]
/** Until every object has told KV and D1 what it owes them; see `durable-objects/outbox.ts`. */
const REST_MS = 35_000
/** Undisturbed measurements of a scenario that its figure needs. */
const CLEAN_MIN = 3

await command(async () => {
  const options = optionsFrom(process.argv.slice(2))
  if (!canWatch()) throw new Refusal('Only Linux tells what else a machine is doing: run it there.')
  if (!options.anyway) await refuseBusyMachine()
  const { only, rounds } = options
  const inProcess = only.test(IN_PROCESS) ? await measureInProcess(rounds) : []
  if (inProcess.length > 0) console.log(`${machine()}\n\n${inProcessTable(inProcess)}\n`)
  if (
    families('', 1)
      .flat()
      .every(({ id }) => !only.test(id))
  )
    return
  const folder = makeFolder()
  const key = makeSecretKey('sandbox', crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
  tell('building, and starting workerd')
  const runtime = await startRuntime(folder.path, key)
  const loader = startLoader()
  const end = async () => {
    loader.stop()
    await runtime.stop()
    folder.remove()
  }
  const interrupted = () => void end().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupted)
  try {
    tell(`making ${options.customers} customers, and letting them come to rest`)
    await fillShop(runtime.portOf('sluice'), key, options.customers)
    await sleep(REST_MS)
    await run({ runtime, loader }, key, options)
  } finally {
    await end()
  }
})

async function run(bench: Bench, key: string, options: Options): Promise<void> {
  const all = families(key, options.customers)
  const chosen = all.map((family) => family.filter(({ id }) => options.only.test(id)))
  const isWhole = chosen.flat().length === all.flat().length
  const slices = new Map<string, readonly Slice[]>()
  const paced: Paced[] = []
  for (const family of chosen.filter(({ length }) => length > 0)) {
    for (const [id, each] of await measure(bench, family, options.rounds, tell))
      slices.set(id, each)
    if (isWhole) paced.push(...(await paceAll(bench, family)))
  }
  const counted = isWhole ? await countAll(bench, key, chosen.flat()) : []
  print(chosen.flat(), slices, options)
  if (paced.length > 0) console.log(`\n${paceTable(paced)}`)
  if (counted.length > 0) console.log(`\n${countTable(counted, slices)}`)
}

function print(
  chosen: readonly Scenario[],
  slices: ReadonlyMap<string, readonly Slice[]>,
  { anyway, rounds }: Options,
): void {
  const figures = anyway ? slices : clean(slices)
  const disturbed = chosen.filter(({ id }) => (figures.get(id)?.length ?? 0) < CLEAN_MIN)
  if (!anyway && disturbed.length > 0) throw new Refusal(busy(foreignIn(slices)))
  console.log(`${machine()}; the middle of ${rounds} rounds.\n`)
  if (foreignIn(slices) > FOREIGN_MAX) console.log(`**WARNING.** ${busy(foreignIn(slices))}\n`)
  console.log(ratioTable(chosen, figures))
}

async function paceAll(bench: Bench, all: Family): Promise<readonly Paced[]> {
  const paced: Paced[] = []
  for (const scenario of all.filter(({ id }) => PACED.includes(id))) {
    tell(`at ${PER_SECOND} a second: ${scenario.id}`)
    const pace = await measurePace(bench, scenario, PER_SECOND)
    paced.push({ scenario, perSecond: PER_SECOND, pace })
  }
  return paced
}

async function countAll(
  { runtime, loader }: Bench,
  key: string,
  all: readonly Scenario[],
): Promise<readonly Counted[]> {
  tell('counting operations')
  await fillShop(runtime.portOf('counting'), key, COUNTED_CUSTOMERS)
  const counted: Counted[] = []
  for (const scenario of all.filter(({ id }) => COUNTED.includes(id)))
    counted.push({ scenario, counts: await count(runtime, loader, scenario) })
  return counted
}

async function refuseBusyMachine(): Promise<void> {
  const foreign = await foreignNow()
  if (foreign > FOREIGN_MAX) throw new Refusal(busy(foreign))
}

function busy(foreign: number): string {
  const percent = Math.round(foreign * 100)
  return (
    `Other programs took ${percent} % of the processors (at most ${FOREIGN_MAX * 100} % is fair to anybody). ` +
    'These figures are not to be quoted: stop what else is running. `npm run bench -- --anyway` prints all the same.'
  )
}

/** Without the slices in which others were busy; rounds stay apart, so what was measured together is compared. */
function clean(
  slices: ReadonlyMap<string, readonly Slice[]>,
): ReadonlyMap<string, readonly Slice[]> {
  return new Map(
    [...slices].map(([id, each]) => [id, each.filter(({ foreign }) => foreign <= FOREIGN_MAX)]),
  )
}

function foreignIn(slices: ReadonlyMap<string, readonly Slice[]>): number {
  const all = [...slices.values()].flat()
  return all.reduce((sum, { foreign }) => sum + foreign, 0) / all.length
}

function tell(text: string): void {
  console.error(`… ${text}`)
}
