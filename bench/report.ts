/** Figures as Markdown. */
import { availableParallelism, cpus } from 'node:os'
import { type Counts, dollarsPerMillion } from './counts.ts'
import type { InProcess } from './in-process.ts'
import type { Pace, Slice } from './measure.ts'
import type { Against, Scenario } from './scenarios.ts'

export type Slices = ReadonlyMap<string, readonly Slice[]>

export interface Paced {
  readonly scenario: Scenario
  readonly perSecond: number
  readonly pace: Pace
}

export interface Counted {
  readonly scenario: Scenario
  readonly counts: Counts
}

/** Rates beside the rates of floors. */
export function ratioTable(scenarios: readonly Scenario[], slices: Slices): string {
  const rows = scenarios.flatMap((scenario) => {
    const own = slices.get(scenario.id) ?? []
    const cpuUs = median(own.map((each) => each.cpuUs))
    const facts = [
      rounded(cpuUs),
      whole((scenario.answers * 1e6) / cpuUs),
      whole(median(own.map((each) => each.rate * scenario.answers))),
    ]
    if (scenario.against.length === 0) return [[scenario.title, '', '', '', '', ...facts]]
    return scenario.against.map((against, index) => [
      index === 0 ? scenario.title : '',
      ...comparison(scenario, against, scenarios, slices),
      ...(index === 0 ? facts : ['', '', '']),
    ])
  })
  return table(
    [
      'what',
      'against',
      'ratio',
      'wanted',
      'ratio of processor time',
      'CPU µs a request',
      'answers a CPU second',
      'answers a second',
    ],
    rows,
  )
}

/** Waiting at a fixed rate. */
export function paceTable(paced: readonly Paced[]): string {
  const rows = paced.map(({ scenario, perSecond, pace }) => [
    scenario.title,
    whole(perSecond),
    pace.p50.toFixed(1),
    pace.p99.toFixed(1),
  ])
  return table(['what', 'requests a second', 'p50 ms', 'p99 ms'], rows)
}

/** Operations for one request, and what a million of them cost. */
export function countTable(counted: readonly Counted[], slices: Slices): string {
  const rows = counted.map(({ scenario, counts }) => {
    const cpuUs = median((slices.get(scenario.id) ?? []).map((each) => each.cpuUs))
    return [
      scenario.title,
      decimal(counts.kvReads),
      decimal(counts.kvWrites),
      decimal(counts.d1Queries),
      `${decimal(counts.d1RowsRead)} / ${decimal(counts.d1RowsWritten)}`,
      decimal(counts.objectCalls),
      `${decimal(counts.objectRowsRead)} / ${decimal(counts.objectRowsWritten)}`,
      `$${dollarsPerMillion(counts, cpuUs).toFixed(2)}`,
    ]
  })
  return table(
    [
      'one request',
      'KV reads',
      'KV writes',
      'D1 queries',
      'D1 rows read / written',
      'object calls',
      'object rows read / written',
      'a million',
    ],
    rows,
  )
}

/** Checks in process, beside the first way of them. */
export function inProcessTable(ways: readonly InProcess[]): string {
  const [floor] = ways
  const rows = ways.map(({ title, cpuNs }) => {
    const ratios = cpuNs.map((each, round) => (floor?.cpuNs[round] ?? NaN) / each)
    return [title, median(ratios).toFixed(2), whole(median(cpuNs)), whole(1e9 / median(cpuNs))]
  })
  return table(['local evaluation', 'ratio', 'CPU ns a check', 'checks a CPU second'], rows)
}

/** The machine, since no figure means anything without it. */
export function machine(): string {
  const [cpu] = cpus()
  return `${availableParallelism()} processors (${cpu?.model.trim() ?? 'unknown'}), Node ${process.versions.node}`
}

/** The middle of the ratios of all rounds; what was measured in the same round is compared. */
export function ratioOf(own: readonly Slice[], floor: readonly Slice[], of: Measure): number {
  const floors = new Map(floor.map((each) => [each.round, of(each)]))
  return median(own.map((each) => of(each) / (floors.get(each.round) ?? NaN)).filter(isFinite))
}

type Measure = (slice: Slice) => number

function comparison(
  scenario: Scenario,
  { id, bar }: Against,
  scenarios: readonly Scenario[],
  slices: Slices,
): readonly string[] {
  const floor = scenarios.find((each) => each.id === id)
  if (floor === undefined) return ['', '', '', '']
  const own = slices.get(scenario.id) ?? []
  const theirs = slices.get(id) ?? []
  const share = scenario.answers / floor.answers
  const ratio = share * ratioOf(own, theirs, ({ rate }) => rate)
  const byCpu = share * ratioOf(own, theirs, ({ cpuUs }) => 1 / cpuUs)
  const wanted = bar === null ? '' : `≥ ${bar.toFixed(2)} ${ratio >= bar ? '✓' : '✗'}`
  return [floor.title, ratio.toFixed(2), wanted, byCpu.toFixed(2)]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function rounded(value: number): string {
  return value < 100 ? value.toFixed(1) : whole(value)
}

function decimal(value: number): string {
  return value === 0 ? '0' : value.toFixed(2)
}
