/** Every history: the numbered promises of ARCHITECTURE.md, held under random facts, uses and looks. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type CustomerState } from '../../entitlements/advance.ts'
import type { MeterAllowance } from '../../entitlements/allowance.ts'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import { consume } from '../../entitlements/consume.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { nextDue } from '../../entitlements/due.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { accessTo, evaluate } from '../../entitlements/evaluate.ts'
import { DAY_MS, type Instant } from '../../entitlements/instant.ts'
import type { LedgerEntry } from '../../entitlements/ledger.ts'
import { report } from '../../entitlements/report.ts'
import { resetUsage } from '../../entitlements/reset.ts'
import { catalogue, customer, METER, meter, phase, plan, subscription } from '../support/world.ts'

const BEGIN = Date.parse('2026-01-31T10:00:00Z')

type Step =
  | { readonly do: 'consume' | 'report' | 'set'; readonly units: number }
  | { readonly do: 'move'; readonly planId: string }
  | { readonly do: 'override'; readonly limit: number; readonly days: number }
  | { readonly do: 'reset' | 'pause' | 'resume' | 'revert' | 'end' | 'subscribe' }

interface Event {
  readonly afterMs: number
  readonly step: Step
}

const allowance: fc.Arbitrary<MeterAllowance> = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('unlimited' as const)),
    enforcement: fc.constantFrom('hard' as const, 'soft' as const),
    reset: fc.constantFrom(
      'never' as const,
      'daily' as const,
      'weekly' as const,
      'monthly' as const,
    ),
    anchor: fc.constantFrom('subscription' as const, 'calendar' as const),
    rollover: fc.option(
      fc.record({
        percent: fc.integer({ min: 1, max: 100 }),
        max: fc.option(fc.integer({ min: 0, max: 60 })),
      }),
    ),
    onPlanChange: fc.constantFrom('carry' as const, 'reset' as const),
  })
  .map((fields) =>
    meter({ ...fields, rollover: fields.reset === 'never' ? null : fields.rollover }),
  )

const catalogues: fc.Arbitrary<Catalogue> = fc
  .record({ a: allowance, b: allowance, addon: allowance, withDefault: fc.boolean() })
  .map(({ a, b, addon, withDefault }) =>
    catalogue(
      [
        plan('a', { [METER]: a }, { rank: 1 }),
        plan('b', { [METER]: b }, { rank: 2 }),
        plan('addon', { [METER]: addon }, { rank: 0, kind: 'addon' }),
        plan('free', { [METER]: meter({ limit: 3 }) }, { rank: 0, free: true }),
      ],
      withDefault ? 'free' : null,
    ),
  )

const units = fc.integer({ min: 1, max: 40 })
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: units.map((n) => ({ do: 'consume' as const, units: n })) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: -20, max: 40 }).map((n) => ({ do: 'report' as const, units: n })),
  },
  { weight: 1, arbitrary: fc.nat(60).map((n) => ({ do: 'set' as const, units: n })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('a', 'b', 'free').map((planId) => ({ do: 'move' as const, planId })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ limit: fc.nat(80), days: fc.integer({ min: 1, max: 40 }) })
      .map((fields) => ({ do: 'override' as const, ...fields })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('reset', 'pause', 'resume', 'revert', 'end', 'subscribe')
      .map((act) => ({ do: act as 'reset' | 'pause' | 'resume' | 'revert' | 'end' | 'subscribe' })),
  },
)

const histories: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(3 * DAY_MS), fc.nat(40 * DAY_MS), fc.constant(0)),
    step: steps,
  }),
  { minLength: 1, maxLength: 25 },
)

class History {
  state: CustomerState
  readonly entries: LedgerEntry[] = []
  readonly catalogue: Catalogue
  readonly consumed: { readonly units: number; readonly before: Entitlement }[] = []

  constructor(catalogueAtHand: Catalogue) {
    this.catalogue = catalogueAtHand
    const subscriptions = [subscription('s1', 'a', BEGIN), subscription('s2', 'addon', BEGIN)]
    const birth = {
      customer: customer({ createdAt: BEGIN, subscriptions }),
      lots: new Map(),
      advancedTo: 0,
    }
    this.state = advance(birth, catalogueAtHand, BEGIN).state
  }

  advanceTo(at: Instant): void {
    const advanced = advance(this.state, this.catalogue, at)
    this.entries.push(...advanced.entries)
    this.state = advanced.state
  }

  decide(at: Instant, change: (before: Customer) => Customer): void {
    this.advanceTo(at)
    this.state = { ...this.state, customer: change(this.state.customer) }
    this.advanceTo(at)
  }

  entitlement(at: Instant): Entitlement {
    return evaluate(this.state, this.catalogue, METER, at).entitlement
  }

  play(step: Step, at: Instant): void {
    switch (step.do) {
      case 'consume': {
        const before = this.entitlement(at)
        const answer = consume(this.state, this.catalogue, METER, step.units, at)
        if (answer.outcome !== 'consumed') return
        this.consumed.push({ units: step.units, before })
        this.keep(answer.change)
        return
      }
      case 'report':
      case 'set': {
        const behaviour = step.do === 'set' ? ('set' as const) : ('delta' as const)
        const usage = { behaviour, value: step.units, enforce: false }
        const answer = report(this.state, this.catalogue, METER, usage, at)
        if (answer.outcome === 'recorded') this.keep(answer.change)
        return
      }
      case 'reset':
        this.keep(resetUsage(this.state, this.catalogue, METER, at))
        return
      case 'move':
      case 'override':
      case 'pause':
      case 'resume':
      case 'revert':
      case 'end':
      case 'subscribe':
        this.decide(at, (before) => decided(before, step, at))
    }
  }

  private keep(change: {
    lots: NonNullable<ReturnType<CustomerState['lots']['get']>>
    entries: readonly LedgerEntry[]
  }): void {
    this.entries.push(...change.entries)
    // The other facts of the state stay where they were: a use advances its own meter only.
    this.state = { ...this.state, lots: new Map(this.state.lots).set(METER, change.lots) }
  }
}

function decided(before: Customer, step: Step, at: Instant): Customer {
  const [base, ...rest] = before.subscriptions
  if (base === undefined) return before
  const withBase = (fields: Partial<typeof base>): Customer => ({
    ...before,
    subscriptions: [{ ...base, ...fields }, ...rest],
  })
  switch (step.do) {
    case 'move': {
      const closed = base.phases.map((each) =>
        each.until === null ? { ...each, until: at } : each,
      )
      return withBase({ phases: [...closed, phase(step.planId, at)] })
    }
    case 'override': {
      const override = {
        featureId: METER,
        allowance: { limit: step.limit },
        standalone: false,
        startAt: at,
        expiresAt: at + step.days * DAY_MS,
      }
      return { ...before, overrides: [override] }
    }
    case 'revert':
      return { ...before, overrides: [] }
    case 'pause':
      return withBase({ pausedAt: at })
    case 'resume':
      return withBase({ pausedAt: null })
    case 'end':
      return withBase({ ended: { at, because: 'canceled' } })
    case 'subscribe':
      return base.ended === null
        ? before
        : { ...before, subscriptions: [subscription(`s${at}`, 'free', at), base, ...rest] }
    case 'consume':
    case 'report':
    case 'set':
    case 'reset':
      return before
  }
}

function play(
  catalogueAtHand: Catalogue,
  events: readonly Event[],
  check: (history: History, at: Instant) => void,
  before: (history: History, from: Instant, to: Instant) => void = () => undefined,
): History {
  const history = new History(catalogueAtHand)
  let at = BEGIN
  for (const { afterMs, step } of events) {
    before(history, at, at + afterMs)
    at += afterMs
    history.play(step, at)
    check(history, at)
  }
  return history
}

describe('promise 1: no oversell', () => {
  it('consume on a hard limit never grants more than the balance that was there', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        const { consumed } = play(catalogueAtHand, events, () => undefined)
        for (const { units: taken, before } of consumed) {
          const { meter: reading } = before
          if (reading === null || reading.balance === 'unlimited' || reading.enforcement === 'soft')
            continue
          expect(taken).toBeLessThanOrEqual(reading.balance)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('promise 10: exact arithmetic', () => {
  it('readings are whole, never negative, and balance what is granted against what is used', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        play(catalogueAtHand, events, (history, at) => {
          const reading = history.entitlement(at).meter
          if (reading === null) return
          expect(Number.isSafeInteger(reading.used) && reading.used >= 0).toBe(true)
          if (reading.balance === 'unlimited') return
          const granted = reading.lots.reduce((sum, lot) => sum + Number(lot.grantedUnits), 0)
          expect(reading.balance - reading.overage).toBe(granted - reading.used)
          expect(Math.min(reading.balance, reading.overage)).toBe(0)
        })
      }),
      { numRuns: 300 },
    )
  })
})

describe('promise 12: explainable', () => {
  it('the ledger of every lot adds up to its reading, and to zero once it is closed', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        play(catalogueAtHand, events, (history) => {
          const sums = new Map<string, number>()
          for (const { lotId, kind, quantity } of history.entries) {
            if (kind !== 'carried') sums.set(lotId, (sums.get(lotId) ?? 0) + quantity)
          }
          const lots = history.state.lots.get(METER) ?? []
          for (const lot of lots) expect(sums.get(lot.id) ?? 0).toBe(lot.used)
          const open = new Set(lots.map(({ id }) => id))
          const closed = [...sums].filter(([lotId]) => !open.has(lotId))
          expect(closed.filter(([, sum]) => sum !== 0)).toEqual([])
        })
      }),
      { numRuns: 300 },
    )
  })
})

describe('promise 14: state is a function of the dated inputs', () => {
  it('looking more often changes no reading and no ledger', () => {
    const looks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })
    fc.assert(
      fc.property(catalogues, histories, looks, (catalogueAtHand, events, fractions) => {
        const alone: Entitlement[] = []
        const watched: Entitlement[] = []
        const idle = play(catalogueAtHand, events, (history, at) =>
          alone.push(history.entitlement(at)),
        )
        const busy = play(
          catalogueAtHand,
          events,
          (history, at) => watched.push(history.entitlement(at)),
          (history, from, to) => {
            for (const part of fractions.toSorted((a, b) => a - b)) {
              history.advanceTo(Math.floor(from + (to - from) * part))
            }
          },
        )
        expect(watched).toEqual(alone)
        const last = BEGIN + events.reduce((sum, { afterMs }) => sum + afterMs, 0)
        idle.advanceTo(last)
        busy.advanceTo(last)
        expect(ledgerOf(busy)).toEqual(ledgerOf(idle))
      }),
      { numRuns: 300 },
    )
  })

  it('the order of rows never matters', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        play(catalogueAtHand, events, ({ state, catalogue: plans }, at) => {
          const { subscriptions, overrides } = state.customer
          const turned = {
            ...state,
            customer: { ...state.customer, subscriptions: subscriptions.toReversed(), overrides },
            lots: new Map([...state.lots].map(([id, lots]) => [id, lots.toReversed()])),
          }
          expect(evaluate(turned, plans, METER, at)).toEqual(evaluate(state, plans, METER, at))
        })
      }),
      { numRuns: 200 },
    )
  })

  it('an evaluation holds until the instant that it names', () => {
    fc.assert(
      fc.property(
        catalogues,
        histories,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (plans, events, part) => {
          play(plans, events, ({ state, catalogue: atHand }, at) => {
            const { entitlement, until } = evaluate(state, atHand, METER, at)
            const later = Math.floor(at + ((until ?? at + 400 * DAY_MS) - 1 - at) * part)
            expect(evaluate(state, atHand, METER, later).entitlement).toEqual(entitlement)
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('nothing durable happens before the customer is next due', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        play(catalogueAtHand, events, ({ state, catalogue: plans }, at) => {
          const due = nextDue(state, plans, at)
          const settled = advance(state, plans, at).state
          const just = advance(settled, plans, (due ?? at + 400 * DAY_MS) - 1)
          expect(just.entries).toEqual([])
        })
      }),
      { numRuns: 200 },
    )
  })
})

describe('a refusal', () => {
  it('changes nothing: consuming what is refused and then looking is the same as looking', () => {
    fc.assert(
      fc.property(catalogues, histories, (catalogueAtHand, events) => {
        play(catalogueAtHand, events, (history, at) => {
          const { meter: reading } = history.entitlement(at)
          if (reading === null || reading.balance === 'unlimited' || reading.enforcement === 'soft')
            return
          const answer = consume(history.state, history.catalogue, METER, reading.balance + 1, at)
          expect(answer).toEqual({ outcome: 'refused' })
          expect(accessTo(history.entitlement(at), reading.balance + 1, at).hasAccess).toBe(false)
        })
      }),
      { numRuns: 200 },
    )
  })
})

function ledgerOf({ entries }: History): string[] {
  return entries.map((entry) => JSON.stringify(entry)).sort()
}
