import { describe, expect, it, test } from 'vitest'
import { advance, type CustomerState } from '../../entitlements/advance.ts'
import { consume } from '../../entitlements/consume.ts'
import { report } from '../../entitlements/report.ts'
import { resetUsage } from '../../entitlements/reset.ts'
import { withPhase } from '../../entitlements/phases.ts'
import type { UsageNotice } from '../../entitlements/ledger.ts'
import { catalogue, customer, METER, meter, plan, subscription } from '../support/world.ts'

const START = Date.parse('2026-01-15T00:00:00Z')
const NEXT = Date.parse('2026-02-15T00:00:00Z')
const LATER = Date.parse('2026-03-15T00:00:00Z')

const world = catalogue([
  plan('base', { [METER]: meter({ limit: 100, alertsAt: [80] }) }),
  plan('soft', { [METER]: meter({ limit: 10, enforcement: 'soft', onPlanChange: 'reset' }) }),
  plan('more', { [METER]: meter({ limit: 50 }) }, { kind: 'addon' }),
  plan('saving', { [METER]: meter({ limit: 100, rollover: { percent: 50, max: null } }) }),
  plan('endless', { [METER]: meter({ limit: 'unlimited', reset: 'never' }) }),
])

/** Holds these plans from the beginning, with so much used. */
function holding(planIds: readonly string[], used: number): CustomerState {
  const subscriptions = planIds.map((planId) => subscription(`sub_${planId}`, planId, START))
  const state = { customer: customer({ subscriptions }), lots: new Map(), advancedTo: 0 }
  const usage = { behaviour: 'delta', value: used, enforce: false } as const
  const reported = report(state, world, METER, usage, START)
  if (reported.outcome !== 'recorded') throw new Error(reported.outcome)
  return { ...state, lots: new Map([[METER, reported.change.lots]]), advancedTo: START }
}

const period = (startAt: number, endAt: number) => ({ startAt, endAt })

/** What is told when so much is consumed more. */
function noticesOf(planIds: readonly string[], used: number, quantity: number) {
  const outcome = consume(holding(planIds, used), world, METER, quantity, START + 1)
  return outcome.outcome === 'consumed' ? outcome.change.notices : []
}

const short = ({ type, percent, used, limit }: UsageNotice) =>
  `${type.slice('usage.'.length)}${percent === null ? '' : ` ${percent} %`}: ${used} of ${limit}`

describe('a use', () => {
  test.each<readonly [planIds: readonly string[], used: number, more: number, told: string]>([
    [['base'], 0, 79, ''],
    [['base'], 0, 80, 'threshold_reached 80 %: 80 of 100'],
    [['base'], 80, 5, ''],
    [['base'], 79, 21, 'threshold_reached 80 %: 100 of 100, limit_reached: 100 of 100'],
    [['base'], 100, 1, ''],
    [['soft'], 0, 10, 'limit_reached: 10 of 10'],
    [['soft'], 0, 11, 'limit_reached: 11 of 10, over_soft_limit: 11 of 10'],
    [['soft'], 11, 1, ''],
    [['base', 'more'], 100, 50, 'threshold_reached 80 %: 150 of 150, limit_reached: 150 of 150'],
    [['endless'], 0, 1_000, ''],
  ])('of %o at %i by %i more is told as “%s”', (planIds, used, more, told) => {
    const notices = noticesOf(planIds, used, more)
    expect(notices.map(short).join(', ')).toBe(told)
    for (const notice of notices) expect(notice).toMatchObject({ period: period(START, NEXT) })
  })
})

describe('a reset', () => {
  const told = (planIds: readonly string[], used: number, until: number) =>
    advance(holding(planIds, used), world, until).notices

  it('by the end of a period is told at that end, with the period that begins', () => {
    expect(told(['base'], 30, LATER - 1)).toEqual([
      {
        type: 'usage.reset',
        featureId: METER,
        at: NEXT,
        percent: null,
        because: 'period',
        used: 30,
        limit: 100,
        period: period(NEXT, LATER),
      },
    ])
  })

  it('is told the same, however late somebody looks', () => {
    const [late] = told(['base'], 30, LATER + 40 * 86_400_000)
    expect(late).toEqual(told(['base'], 30, NEXT)[0])
  })

  it('of nothing is not told', () => {
    expect(told(['base'], 0, LATER)).toEqual([])
  })

  it('counts what was used of carried units, too', () => {
    const saved = advance(holding(['saving'], 20), world, NEXT).state
    const used = consume(saved, world, METER, 60, NEXT + 1)
    if (used.outcome !== 'consumed') throw new Error(used.outcome)
    const lots = new Map([[METER, used.change.lots]])
    const after = advance({ ...saved, lots }, world, LATER)
    expect(after.notices).toMatchObject([{ at: LATER, because: 'period', used: 60 }])
  })

  it('of a base plan and an add-on together is told once', () => {
    expect(told(['base', 'more'], 130, NEXT)).toMatchObject([{ at: NEXT, used: 130, limit: 150 }])
  })

  it('by a change of plan is told with the limit of the plan entered', () => {
    const state = holding(['base'], 30)
    const entering = { planId: 'soft', chargePeriod: 'monthly', quantity: 1 } as const
    const [before] = state.customer.subscriptions
    if (before === undefined) throw new Error('nothing is held')
    const after = withPhase(before, { ...entering, from: START + 5, atPeriodEnd: false })
    const changed = { ...state, customer: customer({ subscriptions: [after] }) }
    expect(advance(changed, world, START + 9).notices).toMatchObject([
      {
        at: START + 5,
        because: 'plan_change',
        used: 30,
        limit: 10,
        period: period(START, NEXT),
      },
    ])
  })

  it('by an operator is told where something had been used', () => {
    const [notice] = resetUsage(holding(['base'], 30), world, METER, START + 9).notices
    expect(notice).toMatchObject({
      because: 'operator',
      used: 30,
      limit: 100,
      period: period(START, NEXT),
    })
    expect(resetUsage(holding(['base'], 0), world, METER, START + 9).notices).toEqual([])
  })
})
