/**
 * Timelines: what happens to one meter of one customer, one event a line, each line checked.
 *
 * Columns: `when  event  …arguments  | answer used balance resets`. A wrong cell shows the table as written beside
 * the table as it happened. Every table runs three times — advanced at each line, never advanced but when facts
 * change, and advanced between the lines as well — since how often somebody looks must not matter.
 */
import { expect } from 'vitest'
import { advance, type CustomerState } from '../../entitlements/advance.ts'
import type { AllowancePatch, MeterAllowance } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import { consume } from '../../entitlements/consume.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { LedgerEntry } from '../../entitlements/ledger.ts'
import { report } from '../../entitlements/report.ts'
import { resetUsage } from '../../entitlements/reset.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { catalogue, customer, METER, meter, phase, plan, subscription } from './world.ts'

/** The plans of a timeline: what each says of the meter, `null` for a plan without it. */
export type Plans = Readonly<Record<string, Partial<MeterAllowance> | null>>

/** How often the state is advanced beyond what the events themselves do. */
type Watching = 'always' | 'never' | 'between'

interface World {
  state: CustomerState
  catalogue: Catalogue
  readonly ledger: Map<string, number>
}

/** Plays the table and compares it, line by line, with what happened. */
export function timeline(plans: Plans, table: string, defaultPlanId: string | null = null): void {
  const lines = table
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const expected = lines.map(cells)
  for (const watching of ['always', 'never', 'between'] as const) {
    const world = newWorld(plans, defaultPlanId)
    const actual = expected.map((row) => play(world, row, watching))
    expect(render(actual), `watching ${watching}`).toBe(render(expected))
    expectLedgerToAddUp(world)
  }
}

function cells(line: string): string[] {
  const [left = '', right = ''] = line.split('|')
  return [left.trim().replaceAll(/\s+/g, ' '), right.trim().replaceAll(/\s+/g, ' ')]
}

function render(rows: readonly string[][]): string {
  return rows.map(([left = '', right = '']) => `${left.padEnd(48)} | ${right}`).join('\n')
}

function newWorld(plans: Plans, defaultPlanId: string | null): World {
  const compiled = Object.entries(plans).map(([id, fields], rank) =>
    plan(id, fields === null ? {} : { [METER]: meter(fields) }, {
      rank,
      free: id.startsWith('free'),
      kind: id.startsWith('addon') ? 'addon' : 'base',
    }),
  )
  return {
    state: { customer: customer(), lots: new Map(), advancedTo: 0 },
    catalogue: catalogue(compiled, defaultPlanId),
    ledger: new Map(),
  }
}

function play(world: World, [left = '']: string[], watching: Watching): string[] {
  const [when = '', event = '', ...words] = left.split(' ')
  const at = instant(when)
  if (watching === 'between') walkTo(world, at)
  if (watching === 'always') settle(world, at)
  const answer = happen(world, event, words, at)
  return [left, `${answer} ${readingAt(world, at)}`]
}

/** Advances a few times on the way, as a cron would. */
function walkTo(world: World, at: Instant): void {
  const from = world.state.advancedTo
  if (from === 0) return
  for (const part of [0.25, 0.5, 0.9]) settle(world, Math.floor(from + (at - from) * part))
}

function settle(world: World, at: Instant): void {
  const advanced = advance(world.state, world.catalogue, at)
  post(world, advanced.entries)
  world.state = advanced.state
}

function happen(world: World, event: string, words: string[], at: Instant): string {
  const [first = '', second = '', third = ''] = words
  switch (event) {
    case 'consume': {
      const answer = consume(world.state, world.catalogue, METER, Number(first), at)
      if (answer.outcome === 'consumed') keep(world, answer.change, at)
      return answer.outcome
    }
    case 'report':
    case 'set': {
      const usage = {
        behaviour: event === 'set' ? ('set' as const) : ('delta' as const),
        value: Number(first),
        enforce: second === 'enforced',
      }
      const answer = report(world.state, world.catalogue, METER, usage, at)
      if (answer.outcome !== 'recorded') return answer.outcome
      keep(world, answer.change, at)
      return answer.clamped ? 'clamped' : 'recorded'
    }
    case 'reset':
      keep(world, resetUsage(world.state, world.catalogue, METER, at), at)
      return 'reset'
    case 'look':
      return '_'
    case 'edit':
      return edit(world, first, words.slice(1), at)
    default:
      return decide(world, at, changed(world.state.customer, event, first, second, third, at))
  }
}

/** A change of intent reaches the object: it advances to now under what it knew, then takes the new facts. */
function decide(world: World, at: Instant, next: Customer): string {
  settle(world, at)
  world.state = { ...world.state, customer: next }
  settle(world, at)
  return '_'
}

function changed(
  before: Customer,
  event: string,
  name: string,
  second: string,
  third: string,
  at: Instant,
): Customer {
  switch (event) {
    case 'subscribe': {
      const trial = third === '' ? {} : { trialEndAt: instant(third) }
      return {
        ...before,
        subscriptions: [...before.subscriptions, subscription(name, second, at, trial)],
      }
    }
    case 'quantity':
      return withSubscription(before, name, (each) => ({
        ...each,
        phases: each.phases.map((stretch) => ({ ...stretch, quantity: Number(second) })),
      }))
    case 'move':
      return withSubscription(before, name, (each) =>
        moved(each, second, third === '' ? at : instant(third)),
      )
    case 'end':
      return withSubscription(before, name, (each) => ({
        ...each,
        ended: { at, because: 'refunded' },
      }))
    case 'pause':
      return withSubscription(before, name, (each) => ({ ...each, pausedAt: at }))
    case 'resume':
      return withSubscription(before, name, (each) => ({ ...each, pausedAt: null }))
    case 'fail':
      return withSubscription(before, name, (each) => ({
        ...each,
        grace: { startedAt: at, endsAt: instant(second) },
      }))
    case 'pay':
      return withSubscription(before, name, (each) => ({ ...each, grace: null }))
    case 'end-trial':
      return withSubscription(before, name, (each) => ({ ...each, trialEndAt: at }))
    case 'override':
      return { ...before, overrides: [override(name, second, third, at)] }
    case 'revert':
      return { ...before, overrides: [] }
    default:
      throw new Error(`A timeline has no event "${event}"`)
  }
}

function override(fields: string, until: string, standalone: string, at: Instant) {
  return {
    featureId: METER,
    allowance: fieldsOf(fields.split(',')),
    standalone: standalone === 'standalone',
    startAt: at,
    expiresAt: until === '' || until === 'forever' ? null : instant(until),
  }
}

function edit(world: World, planId: string, fields: string[], at: Instant): string {
  const plans = new Map(world.catalogue.plans)
  const before = plans.get(planId)
  if (before === undefined) throw new Error(`A timeline has no plan "${planId}"`)
  const compiled = before.allowances.get(METER)
  const allowance = { ...meter(), ...compiled?.allowance, ...fieldsOf(fields) } as MeterAllowance
  const stated = { allowance, mark: 'own' as const, fromPlanId: planId }
  const allowances = new Map(fields[0] === 'removed' ? [] : [[METER, stated]])
  plans.set(planId, { ...before, revision: at, allowances })
  world.catalogue = { ...world.catalogue, revision: at, plans }
  return '_'
}

/** `limit=5,enforcement=soft,rollover=50%max10` as the fields of an allowance. */
function fieldsOf(words: readonly string[]): AllowancePatch {
  return Object.fromEntries(
    words.map((word) => {
      const [key = '', value = ''] = word.split('=')
      return [key, /^\d+$/.test(value) ? Number(value) : value]
    }),
  ) as AllowancePatch
}

function withSubscription(
  before: Customer,
  id: string,
  change: (subscription: Subscription) => Subscription,
): Customer {
  const subscriptions = before.subscriptions.map((each) => (each.id === id ? change(each) : each))
  return { ...before, subscriptions }
}

function moved(before: Subscription, planId: string, from: Instant): Subscription {
  const kept = before.phases.map((each) => (each.until === null ? { ...each, until: from } : each))
  return { ...before, phases: [...kept, phase(planId, from)] }
}

function keep(
  world: World,
  change: {
    lots: CustomerState['lots'] extends ReadonlyMap<string, infer L> ? L : never
    entries: readonly LedgerEntry[]
  },
  at: Instant,
): void {
  post(world, change.entries)
  const lots = new Map(world.state.lots).set(METER, change.lots)
  // A use advances its own meter only; with one meter that is the whole customer.
  world.state = { ...world.state, lots, advancedTo: Math.max(world.state.advancedTo, at) }
}

function post(world: World, entries: readonly LedgerEntry[]): void {
  for (const { lotId, kind, quantity } of entries) {
    if (kind === 'carried') continue
    world.ledger.set(lotId, (world.ledger.get(lotId) ?? 0) + quantity)
  }
}

/** Promise 12: over every kind but `carried`, a lot's ledger adds up to its reading. */
function expectLedgerToAddUp(world: World): void {
  const readings = new Map([...world.ledger].map(([lotId]) => [lotId, 0]))
  for (const lot of world.state.lots.get(METER) ?? []) {
    if (lot.used > 0 || readings.has(lot.id)) readings.set(lot.id, lot.used)
  }
  expect(Object.fromEntries(world.ledger)).toEqual(Object.fromEntries(readings))
}

function readingAt(world: World, at: Instant): string {
  const { entitlement } = evaluate(world.state, world.catalogue, METER, at)
  const { meter: reading } = entitlement
  const { reason } = accessTo(entitlement, 1, at)
  if (reading === null) return reason
  const over = reading.overage > 0 ? ` over ${reading.overage}` : ''
  const resets = reading.period === null ? 'never' : text(reading.period.endAt)
  return `${reason} ${reading.used}/${reading.limit} left ${reading.balance}${over} until ${resets}`
}

/** `2026-01-31` or `2026-01-31T12:30` or `…T12:30:00.001`, UTC. */
function instant(text: string): Instant {
  const at = Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text}Z`)
  if (Number.isNaN(at)) throw new Error(`Not an instant: "${text}"`)
  return at
}

function text(at: Instant): string {
  return new Date(at)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/(:00)?\.000Z$/, '')
}
