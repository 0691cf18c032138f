import { describe, expect, it, test } from 'vitest'
import { ACTIONS } from '../../entitlements/effects.ts'
import type { Action, ActionOf } from '../../entitlements/effects.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import { allowedActions, lifecycleTable, transition } from '../../entitlements/lifecycle.ts'
import { statusAt } from '../../entitlements/status.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import { bought, GRACE_MS, timeline } from './subscription-timeline.ts'

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
  payment_failed: { action: 'payment_failed', graceMs: GRACE_MS },
  payment_succeeded: { action: 'payment_succeeded' },
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

describe('a change of plan', () => {
  it('happens now when it goes up, at the end of the billing period when it goes down', () => {
    timeline(
      bought(),
      `
      2026-02-10              | change enterprise | active enterprise
      2026-02-11              | change starter    | active enterprise, starter from 2026-02-28
      2026-02-27T23:59:59.999Z | look             | active enterprise, starter from 2026-02-28
      2026-02-28              | look              | active starter
    `,
    )
  })

  it('keeps access on the better plan until then, and can be taken back', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter | active pro, starter from 2026-02-28
      2026-02-20 | undo           | active pro
      2026-03-05 | look           | active pro
      2026-03-05 | undo           | refused: nothing_pending
    `,
    )
  })

  it('is replaced by a later one, also by one back to the plan in force', () => {
    timeline(
      bought({ planId: 'enterprise' }),
      `
      2026-02-10 | change starter    | active enterprise, starter from 2026-02-28
      2026-02-11 | change pro        | active enterprise, pro from 2026-02-28
      2026-02-12 | change enterprise | active enterprise
      2026-02-13 | change pro        | active enterprise, pro from 2026-02-28
      2026-02-14 | change pro now    | active pro
    `,
    )
  })

  it('can be forced to either instant', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change enterprise period_end | active pro, enterprise from 2026-02-28
      2026-02-11 | change starter now           | active starter
    `,
    )
  })

  it('of quantity goes up now and down at the end of the period', () => {
    timeline(
      bought({ planId: 'seats', quantity: 3 }),
      `
      2026-02-10 | change seats*5 | active seats*5
      2026-02-11 | change seats*2 | active seats*5, seats*2 from 2026-02-28
      2026-02-28 | look           | active seats*2
    `,
    )
  })

  it('cannot wait for a billing period that does not exist', () => {
    timeline(
      bought({ planId: 'pro', chargePeriod: 'one_time' }),
      `
      2026-02-10 | change starter period_end | refused: no_billing_period
      2026-02-10 | cancel period_end         | refused: no_billing_period
      2026-02-10 | change starter            | active starter
    `,
    )
    timeline(
      bought({ planId: 'free', chargePeriod: null }),
      `
      2026-02-10 | cancel period_end | refused: no_billing_period
      2026-02-10 | cancel now        | ended free, canceled 2026-02-10
    `,
    )
  })

  it('before the start rewrites what begins', () => {
    timeline(
      bought({ startAt: Date.UTC(2026, 2, 1) }),
      `
      2026-02-10 | change starter            | scheduled starter
      2026-02-10 | change pro period_end     | refused: no_billing_period
      2026-02-11 | change pro                | scheduled pro
      2026-03-01 | look                      | active pro
    `,
    )
  })

  it('of the charge period alone happens now and keeps the anchor', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change pro yearly       | active pro
      2026-02-10 | cancel period_end       | active pro, canceled 2027-01-31
    `,
    )
  })

  it('at the very instant of the former change leaves no empty phase', () => {
    const subscription = timeline(
      bought(),
      `
      2026-02-10 | change enterprise  | active enterprise
      2026-02-10 | change pro now     | active pro
    `,
    )
    expect(subscription.phases.map(({ planId }) => planId)).toEqual(['pro', 'pro'])
  })
})

describe('a cancellation', () => {
  it('lets access run to the end of the period, to the millisecond', () => {
    timeline(
      bought(),
      `
      2026-02-10               | cancel period_end | active pro, canceled 2026-02-28
      2026-02-27T23:59:59.999Z | look              | active pro, canceled 2026-02-28
      2026-02-28               | look              | ended pro, canceled 2026-02-28
      2026-02-28               | undo              | refused: status
      2026-03-01               | payment_succeeded | refused: ended_by_act
    `,
    )
  })

  it('can be taken back before, also in its last millisecond', () => {
    timeline(
      bought(),
      `
      2026-02-10               | cancel 2026-06-01 | active pro, canceled 2026-06-01
      2026-05-31T23:59:59.999Z | undo              | active pro
      2026-06-01               | look              | active pro
    `,
    )
  })

  it('and a pending change replace each other', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter    | active pro, starter from 2026-02-28
      2026-02-11 | cancel period_end | active pro, canceled 2026-02-28
      2026-02-12 | change starter    | active pro, starter from 2026-02-28
      2026-02-13 | cancel now        | ended pro, canceled 2026-02-13
    `,
    )
  })

  it('survives an upgrade that happens now', () => {
    timeline(
      bought(),
      `
      2026-02-10 | cancel period_end | active pro, canceled 2026-02-28
      2026-02-11 | change enterprise | active enterprise, canceled 2026-02-28
    `,
    )
  })

  it('needs a date that is still to come', () => {
    timeline(
      bought(),
      `
      2026-02-10 | cancel 2026-02-10               | refused: date_passed
      2026-02-10 | cancel 2026-02-10T00:00:00.001Z | active pro, canceled 2026-02-10T00:00:00.001Z
    `,
    )
  })

  it('before the start means that it never begins', () => {
    timeline(
      bought({ startAt: Date.UTC(2026, 2, 1) }),
      `
      2026-02-10 | cancel now | ended pro, canceled 2026-02-10
      2026-03-01 | look       | ended pro, canceled 2026-02-10
    `,
    )
  })
})

describe('payments', () => {
  it('that fail start grace once; retries do not restart it', () => {
    timeline(
      bought(),
      `
      2026-02-28               | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-03               | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-06T23:59:59.999Z | look           | past_due pro, grace_ended 2026-03-07
      2026-03-07               | look           | ended pro, grace_ended 2026-03-07
      2026-03-08               | payment_failed | refused: status
    `,
    )
  })

  it('that succeed restore at once, in grace and long after it', () => {
    timeline(
      bought(),
      `
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-01 | payment_succeeded | active pro
      2026-03-31 | payment_failed    | past_due pro, grace_ended 2026-04-07
      2026-06-01 | look              | ended pro, grace_ended 2026-04-07
      2026-06-01 | payment_succeeded | active pro
      2026-06-01 | cancel period_end | active pro, canceled 2026-06-30
    `,
    )
  })

  it('cannot restore what was cancelled in the meantime', () => {
    timeline(
      bought(),
      `
      2026-02-10 | cancel 2026-03-20 | active pro, canceled 2026-03-20
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-19 | look              | ended pro, grace_ended 2026-03-07
      2026-03-20 | payment_succeeded | refused: ended_by_act
      2026-03-19 | payment_succeeded | active pro, canceled 2026-03-20
    `,
    )
  })

  it('that fail let a scheduled downgrade happen in grace', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter | active pro, starter from 2026-02-28
      2026-02-26 | payment_failed | past_due pro, starter from 2026-02-28, grace_ended 2026-03-05
      2026-02-28 | look           | past_due starter, grace_ended 2026-03-05
      2026-03-05 | look           | ended starter, grace_ended 2026-03-05
    `,
    )
  })

  it('that are given back in full end it, in part change nothing', () => {
    timeline(
      bought(),
      `
      2026-02-10 | refund partial    | active pro
      2026-02-10 | refund full       | ended pro, refunded 2026-02-10
      2026-02-11 | payment_succeeded | refused: ended_by_act
    `,
    )
    timeline(
      bought(),
      `
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-08 | refund full       | ended pro, grace_ended 2026-03-07
      2026-03-09 | payment_succeeded | refused: ended_by_act
    `,
    )
  })
})

describe('a trial', () => {
  const trial = { trialDays: 14, startAt: Date.UTC(2026, 0, 17) }

  it('that nobody pays for ends access, until somebody does', () => {
    timeline(
      bought(trial),
      `
      2026-01-17               | look              | trialing pro, trial_ended 2026-01-31
      2026-01-30T23:59:59.999Z | look              | trialing pro, trial_ended 2026-01-31
      2026-01-31               | look              | ended pro, trial_ended 2026-01-31
      2026-02-05               | payment_succeeded | active pro
      2026-02-05               | cancel period_end | active pro, canceled 2026-02-28
    `,
    )
  })

  it('of a plan that is free of charge ends active', () => {
    timeline(
      bought({ ...trial, planId: 'free', chargePeriod: null }),
      `
      2026-01-17 | look | trialing free
      2026-01-31 | look | active free
    `,
    )
  })

  it('that a provider drives ends in grace until the provider speaks', () => {
    timeline(
      bought({ ...trial, providerDriven: true }),
      `
      2026-01-20 | payment_failed    | trialing pro, grace_ended 2026-02-07
      2026-01-31 | look              | past_due pro, grace_ended 2026-02-07
      2026-02-01 | payment_succeeded | active pro
    `,
    )
  })

  it('that is paid before it ends goes on as active', () => {
    timeline(
      bought({ ...trial, providerDriven: true }),
      `
      2026-01-20 | payment_succeeded | trialing pro
      2026-01-31 | look              | active pro
    `,
    )
  })

  it('that is ended early is pinned there, with everything that waited for its end', () => {
    timeline(
      bought({ ...trial, providerDriven: true }),
      `
      2026-01-18 | change starter    | trialing pro, starter from 2026-01-31, grace_ended 2026-02-07
      2026-01-20 | end_trial         | past_due starter, grace_ended 2026-01-27
      2026-01-20 | payment_succeeded | active starter
      2026-01-21 | cancel period_end | active starter, canceled 2026-02-20
    `,
    )
    timeline(
      bought(trial),
      `
      2026-01-20 | end_trial         | ended pro, trial_ended 2026-01-20
      2026-01-20 | payment_succeeded | active pro
    `,
    )
  })

  it('that goes down to a free plan at its end owes nothing', () => {
    timeline(
      bought({ ...trial, providerDriven: true }),
      `
      2026-01-18 | change free | trialing pro, free from 2026-01-31
      2026-01-31 | look        | active free
      2026-03-01 | change pro  | active pro
      2026-03-01 | payment_failed | past_due pro, grace_ended 2026-03-08
    `,
    )
    timeline(
      bought(trial),
      `
      2026-01-18 | change free | trialing pro, free from 2026-01-31
      2026-01-18 | undo        | trialing pro, trial_ended 2026-01-31
    `,
    )
  })
})

describe('a pause', () => {
  it('stops access, lets time run on, and ends by resume alone', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter    | active pro, starter from 2026-02-28
      2026-02-11 | pause             | paused pro, starter from 2026-02-28
      2026-02-12 | undo              | paused pro
      2026-02-12 | payment_succeeded | paused pro
      2026-02-12 | cancel period_end | paused pro, canceled 2026-02-28
      2026-02-13 | resume            | active pro, canceled 2026-02-28
    `,
    )
  })

  it('does not keep grace from running out', () => {
    timeline(
      bought(),
      `
      2026-02-28 | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-01 | pause          | paused pro, grace_ended 2026-03-07
      2026-03-07 | look           | ended pro, grace_ended 2026-03-07
    `,
    )
  })
})

describe('a renewal', () => {
  it('without dates changes nothing', () => {
    timeline(
      bought(),
      `
      2026-02-10 | renew             | active pro
      2026-02-10 | cancel period_end | active pro, canceled 2026-02-28
    `,
    )
  })

  it('that corrects the current period moves what waits for its end', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter              | active pro, starter from 2026-02-28
      2026-02-11 | renew 2026-02-01 2026-03-01 | active pro, starter from 2026-03-01
      2026-02-12 | cancel period_end           | active pro, canceled 2026-03-01
      2026-02-13 | renew 2026-02-01 2026-03-02 | active pro, canceled 2026-03-02
    `,
    )
  })

  it('that opens the next period moves it to that start, and never into the past', () => {
    timeline(
      bought(),
      `
      2026-02-10 | change starter                        | active pro, starter from 2026-02-28
      2026-02-26 | renew 2026-02-27 2026-03-27           | active pro, starter from 2026-02-27
    `,
    )
    timeline(
      bought(),
      `
      2026-02-10 | cancel period_end           | active pro, canceled 2026-02-28
      2026-02-27 | renew 2026-02-26 2026-03-26 | ended pro, canceled 2026-02-27
    `,
    )
  })

  it('leaves a date that was asked for alone', () => {
    timeline(
      bought(),
      `
      2026-02-10 | cancel 2026-05-05           | active pro, canceled 2026-05-05
      2026-02-11 | renew 2026-02-01 2026-03-01 | active pro, canceled 2026-05-05
    `,
    )
  })

  it('whose provider then falls silent rolls on by arithmetic', () => {
    timeline(
      bought(),
      `
      2026-02-28 | renew 2026-02-28 2026-03-28 | active pro
      2026-03-29 | cancel period_end           | active pro, canceled 2026-03-31
    `,
    )
  })
})
