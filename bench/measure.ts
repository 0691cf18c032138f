/**
 * Measures in rounds: every scenario for a moment, then all of them again. What the machine does meanwhile
 * touches neighbours alike, so what is compared was measured within the same round.
 */
import type { Job } from './job.ts'
import type { Loader } from './loader.ts'
import { type Load, watch } from './processes.ts'
import type { Runtime } from './runtime.ts'
import type { Scenario } from './scenarios.ts'

/** One scenario in one round. */
export interface Slice {
  readonly round: number
  /** Requests answered in a second. */
  readonly rate: number
  /** Processor time of workerd for one request. */
  readonly cpuUs: number
  /** The part of the machine that others took. */
  readonly foreign: number
}

export interface Bench {
  readonly runtime: Runtime
  readonly loader: Loader
}

export interface Pace {
  readonly p50: number
  readonly p99: number
  readonly foreign: number
}

/** What others may take of the machine before a figure means nothing. */
export const FOREIGN_MAX = 0.15

const WARM_UP_MS = 400
const SLICE_MS = 1_500
const PACE_MS = 4_000

/** Slices by scenario, in the order of rounds. */
export async function measure(
  bench: Bench,
  scenarios: readonly Scenario[],
  rounds: number,
  tell: (text: string) => void,
): Promise<ReadonlyMap<string, readonly Slice[]>> {
  const slices = new Map<string, Slice[]>(scenarios.map(({ id }) => [id, []]))
  for (let round = 1; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`)
    for (const scenario of scenarios) {
      await warmUp(bench, scenario)
      slices.get(scenario.id)?.push({ round, ...(await slice(bench, scenario)) })
    }
  }
  return slices
}

/** Waiting at a fixed rate, in milliseconds. */
export async function measurePace(
  bench: Bench,
  scenario: Scenario,
  perSecond: number,
): Promise<Pace> {
  await warmUp(bench, scenario)
  const { outcome, load } = await run(bench, scenario, {
    stop: { afterMs: PACE_MS },
    perSecond,
  })
  return { p50: NaN, p99: NaN, ...outcome.latency, foreign: load.foreign }
}

/** Copies and objects come to life before anything is counted: each customer is asked about once at least. */
async function warmUp(bench: Bench, scenario: Scenario): Promise<void> {
  const template = { ...scenario.template, expected: '' }
  const stop = { afterAnswers: scenario.customers }
  await run(bench, { ...scenario, template }, { stop, perSecond: null })
  await run(bench, scenario, { stop: { afterMs: WARM_UP_MS }, perSecond: null })
}

async function slice(bench: Bench, scenario: Scenario): Promise<Omit<Slice, 'round'>> {
  const { outcome, load } = await run(bench, scenario, {
    stop: { afterMs: SLICE_MS },
    perSecond: null,
  })
  return {
    rate: outcome.answers / (outcome.ms / 1000),
    cpuUs: (load.serverMs * 1000) / outcome.answers,
    foreign: load.foreign,
  }
}

async function run(
  { runtime, loader }: Bench,
  { worker, template, customers, connections }: Scenario,
  how: Pick<Job, 'stop' | 'perSecond'>,
) {
  const port = runtime.portOf(worker)
  const end = watch(runtime.processOf(worker).pid)
  const outcome = await loader.run({ port, template, customers, connections, ...how })
  const load: Load = end()
  return { outcome, load }
}
