import { describe, expect, it, test } from 'vitest'
import { ACTIONS } from '../../entitlements/effects.ts'
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { allowedActions, lifecycleTable, transition } from '../../entitlements/lifecycle.ts'
import { statusAt } from '../../entitlements/status.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { bought, GRACE_MS } from './subscription-timeline.ts'

const NOW = Date.UTC(2026, 5, 15)

/** One subscription of every status at NOW, ended ones of both kinds. */
const SPECIMENS: Readonly<Record<string, Subscription>> = {
  scheduled: bought({ startAt: NOW + DAY_MS }),
  trialing: bought({ startAt: NOW, trialDays: 14, providerDriven: true }),
  active: bought(),
  past_due: { ...bought(), grace: { startedAt: NOW - DAY_MS, endsAt: NOW + DAY_MS } },
  paused: { ...bought(), pausedAt: NOW - DAY_MS },
  lapsed: { ...bought(), grace: { startedAt: NOW - 2 * DAY_MS, endsAt: NOW - DAY_MS } },
  refunded: { ...bought(), ended: { at: NOW, because: 'refunded' } },
}

const REQUESTS: { readonly [A in Action]: ActionOf<A> } = {
  change: {
    action: 'change',
    to: { planId: 'enterprise', chargePeriod: 'monthly', quantity: 1 },
    fromRank: 2,
    toRank: 3,
    when: 'auto',
  },
  cancel: { action: 'cancel', when: 'now' },
  undo: { action: 'undo' },
  pause: { action: 'pause' },
  resume: { action: 'resume' },
  end_trial: { action: 'end_trial' },
  renew: { action: 'renew', period: null },
  payment_failed: { action: 'payment_failed', failedAt: NOW, graceMs: GRACE_MS },
  payment_succeeded: { action: 'payment_succeeded', period: null },
  refund: { action: 'refund', full: true },
}

/** The status right after each action; `-` is a refusal. */
const OUTCOMES = `
  action             scheduled  trialing  active    past_due  paused    lapsed  refunded
  change             scheduled  trialing  active    past_due  paused    -       -
  cancel             ended      ended     ended     ended     ended     -       -
  undo               -          -         -         -         -         -       -
  pause              -          paused    paused    paused    -         -       -
  resume             -          -         -         -         active    -       -
  end_trial          -          past_due  -         -         -         -       -
  renew              scheduled  trialing  active    past_due  paused    -       -
  payment_failed     scheduled  trialing  past_due  past_due  paused    -       -
  payment_succeeded  scheduled  trialing  active    active    paused    active  -
  refund             ended      ended     ended     ended     ended     ended   -
`

describe('every status and every action', () => {
  const [header = [], ...rows] = OUTCOMES.trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/))
  const cells = rows.flatMap(([action = '', ...outcomes]) =>
    outcomes.map((outcome, index) => [header[index + 1]!, action as Action, outcome] as const),
  )

  test('the table above is whole', () => {
    expect(rows.map(([action]) => action)).toEqual(ACTIONS)
    expect(header.slice(1)).toEqual(Object.keys(SPECIMENS))
    expect(new Set(Object.values(SPECIMENS).map((specimen) => statusAt(specimen, NOW)))).toEqual(
      new Set(SUBSCRIPTION_STATUSES),
    )
  })

  test.each(cells)('%s: %s gives %s', (name, action, outcome) => {
    const specimen = SPECIMENS[name]!
    const before = structuredClone(specimen)
    const result = transition(specimen, REQUESTS[action], NOW)
    expect(result.ok ? statusAt(result.value, NOW) : '-').toBe(outcome)
    expect(specimen).toEqual(before)
    expect(allowedActions(specimen, NOW).includes(action)).toBe(outcome !== '-')
  })

  it('names status, action and what is allowed in a refusal', () => {
    expect(transition(SPECIMENS['active']!, { action: 'resume' }, NOW)).toEqual({
      ok: false,
      error: {
        code: 'transition_refused',
        status: 'active',
        action: 'resume',
        because: 'status',
        allowedActions: [
          'change',
          'cancel',
          'pause',
          'renew',
          'payment_failed',
          'payment_succeeded',
          'refund',
        ],
      },
    })
  })

  it('prints every cell of the table, refusals as null', () => {
    const printed = lifecycleTable()
    expect(printed).toHaveLength(SUBSCRIPTION_STATUSES.length * ACTIONS.length)
    for (const { status, action, effect } of printed) {
      const possible = Object.values(SPECIMENS).some(
        (specimen) =>
          statusAt(specimen, NOW) === status &&
          (action === 'undo' || allowedActions(specimen, NOW).includes(action)),
      )
      expect(effect !== null, `${status} × ${action}`).toBe(
        possible && !(action === 'undo' && status === 'ended'),
      )
    }
  })
})
