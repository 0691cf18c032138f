import { describe, expect, it } from 'vitest'
import { timeline } from './subscription-timeline.ts'

describe('a change of plan', () => {
  it('happens now when it goes up, at the end of the billing period when it goes down', () => {
    timeline(`
      2026-02-10               | change enterprise | active enterprise
      2026-02-11               | change starter    | active enterprise, starter from 2026-02-28
      2026-02-27T23:59:59.999Z | look              | active enterprise, starter from 2026-02-28
      2026-02-28               | look              | active starter
    `)
  })

  it('keeps access on the better plan until then, and can be taken back', () => {
    timeline(`
      2026-02-10 | change starter | active pro, starter from 2026-02-28
      2026-02-20 | undo           | active pro
      2026-03-05 | look           | active pro
      2026-03-05 | undo           | refused: nothing_pending
    `)
  })

  it('is replaced by a later one, also by one back to the plan in force', () => {
    timeline(`
      2026-01-31 | buy enterprise    | active enterprise
      2026-02-10 | change starter    | active enterprise, starter from 2026-02-28
      2026-02-11 | change pro        | active enterprise, pro from 2026-02-28
      2026-02-12 | change enterprise | active enterprise
      2026-02-13 | change pro        | active enterprise, pro from 2026-02-28
      2026-02-14 | change pro now    | active pro
    `)
  })

  it('can be forced to either instant', () => {
    timeline(`
      2026-02-10 | change enterprise period_end | active pro, enterprise from 2026-02-28
      2026-02-11 | change starter now           | active starter
    `)
  })

  it('of quantity goes up now and down at the end of the period', () => {
    timeline(`
      2026-01-31 | buy seats*3    | active seats*3
      2026-02-10 | change seats*5 | active seats*5
      2026-02-11 | change seats*2 | active seats*5, seats*2 from 2026-02-28
      2026-02-28 | look           | active seats*2
    `)
  })

  it('cannot wait for a billing period that does not exist', () => {
    timeline(`
      2026-01-31 | buy pro one_time          | active pro
      2026-02-10 | change starter period_end | refused: no_billing_period
      2026-02-10 | cancel period_end         | refused: no_billing_period
      2026-02-10 | change starter            | active starter
    `)
    timeline(`
      2026-01-31 | buy free          | active free
      2026-02-10 | cancel period_end | refused: no_billing_period
      2026-02-10 | cancel now        | ended free, canceled 2026-02-10
    `)
  })

  it('before the start rewrites what begins', () => {
    timeline(`
      2026-01-31 | buy pro start=2026-03-01 | scheduled pro
      2026-02-10 | change starter           | scheduled starter
      2026-02-10 | change pro period_end    | refused: no_billing_period
      2026-02-11 | change pro               | scheduled pro
      2026-03-01 | look                     | active pro
    `)
  })

  it('of the charge period alone happens now and keeps the anchor', () => {
    timeline(`
      2026-02-10 | change pro yearly | active pro
      2026-02-10 | cancel period_end | active pro, canceled 2027-01-31
    `)
  })

  it('at the very instant of the former change leaves no empty phase', () => {
    const subscription = timeline(`
      2026-02-10 | change enterprise | active enterprise
      2026-02-10 | change pro now    | active pro
    `)
    expect(subscription.phases.map(({ planId }) => planId)).toEqual(['pro', 'pro'])
  })
})

describe('a cancellation', () => {
  it('lets access run to the end of the period, to the millisecond', () => {
    timeline(`
      2026-02-10               | cancel period_end | active pro, canceled 2026-02-28
      2026-02-27T23:59:59.999Z | look              | active pro, canceled 2026-02-28
      2026-02-28               | look              | ended pro, canceled 2026-02-28
      2026-02-28               | undo              | refused: status
      2026-03-01               | payment_succeeded | refused: ended_by_act
    `)
  })

  it('can be taken back before, also in its last millisecond', () => {
    timeline(`
      2026-02-10               | cancel 2026-06-01 | active pro, canceled 2026-06-01
      2026-05-31T23:59:59.999Z | undo              | active pro
      2026-06-01               | look              | active pro
    `)
  })

  it('and a pending change replace each other', () => {
    timeline(`
      2026-02-10 | change starter    | active pro, starter from 2026-02-28
      2026-02-11 | cancel period_end | active pro, canceled 2026-02-28
      2026-02-12 | change starter    | active pro, starter from 2026-02-28
      2026-02-13 | cancel now        | ended pro, canceled 2026-02-13
    `)
  })

  it('survives an upgrade that happens now', () => {
    timeline(`
      2026-02-10 | cancel period_end | active pro, canceled 2026-02-28
      2026-02-11 | change enterprise | active enterprise, canceled 2026-02-28
    `)
  })

  it('needs a date that is still to come', () => {
    timeline(`
      2026-02-10 | cancel 2026-02-10               | refused: date_passed
      2026-02-10 | cancel 2026-02-10T00:00:00.001Z | active pro, canceled 2026-02-10T00:00:00.001Z
    `)
  })

  it('before the start means that it never begins', () => {
    timeline(`
      2026-01-31 | buy pro start=2026-03-01 | scheduled pro
      2026-02-10 | cancel now               | ended pro, canceled 2026-02-10
      2026-03-01 | look                     | ended pro, canceled 2026-02-10
    `)
  })
})

describe('payments', () => {
  it('that fail start grace once; retries do not restart it', () => {
    timeline(`
      2026-02-28               | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-03               | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-06T23:59:59.999Z | look           | past_due pro, grace_ended 2026-03-07
      2026-03-07               | look           | ended pro, grace_ended 2026-03-07
      2026-03-08               | payment_failed | refused: status
    `)
  })

  it('that are heard of late count from when they failed, never from before the start', () => {
    timeline(`
      2026-03-01 | payment_failed 2026-02-28 | past_due pro, grace_ended 2026-03-07
    `)
    timeline(`
      2026-03-10 | payment_failed 2026-02-28 | ended pro, grace_ended 2026-03-07
    `)
    timeline(`
      2026-02-01 | payment_failed 2026-01-01 | past_due pro, grace_ended 2026-02-07
      2026-02-02 | payment_succeeded         | active pro
      2026-02-03 | payment_failed 2026-05-01 | past_due pro, grace_ended 2026-02-10
    `)
  })

  it('that succeed restore at once, in grace and long after it', () => {
    timeline(`
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-01 | payment_succeeded | active pro
      2026-03-31 | payment_failed    | past_due pro, grace_ended 2026-04-07
      2026-06-01 | look              | ended pro, grace_ended 2026-04-07
      2026-06-01 | payment_succeeded | active pro
      2026-06-01 | cancel period_end | active pro, canceled 2026-06-30
    `)
  })

  it('cannot restore what was cancelled in the meantime', () => {
    timeline(`
      2026-02-10 | cancel 2026-03-20 | active pro, canceled 2026-03-20
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-19 | look              | ended pro, grace_ended 2026-03-07
      2026-03-20 | payment_succeeded | refused: ended_by_act
      2026-03-19 | payment_succeeded | active pro, canceled 2026-03-20
    `)
  })

  it('that fail let a scheduled downgrade happen in grace', () => {
    timeline(`
      2026-02-10 | change starter | active pro, starter from 2026-02-28
      2026-02-26 | payment_failed | past_due pro, starter from 2026-02-28, grace_ended 2026-03-05
      2026-02-28 | look           | past_due starter, grace_ended 2026-03-05
      2026-03-05 | look           | ended starter, grace_ended 2026-03-05
    `)
  })

  it('that are given back in full end it, in part change nothing', () => {
    timeline(`
      2026-02-10 | refund partial    | active pro
      2026-02-10 | refund full       | ended pro, refunded 2026-02-10
      2026-02-11 | refund partial    | ended pro, refunded 2026-02-10
      2026-02-11 | refund full       | refused: ended_by_act
      2026-02-11 | payment_succeeded | refused: ended_by_act
    `)
    timeline(`
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-08 | refund partial    | ended pro, grace_ended 2026-03-07
      2026-03-08 | refund full       | ended pro, grace_ended 2026-03-07
      2026-03-09 | payment_succeeded | refused: ended_by_act
    `)
  })
})

describe('a trial', () => {
  it('that nobody pays for ends access, until somebody does', () => {
    timeline(`
      2026-01-17               | buy pro trial=14  | trialing pro, trial_ended 2026-01-31
      2026-01-30T23:59:59.999Z | look              | trialing pro, trial_ended 2026-01-31
      2026-01-31               | look              | ended pro, trial_ended 2026-01-31
      2026-02-05               | payment_succeeded | active pro
      2026-02-05               | cancel period_end | active pro, canceled 2026-02-28
    `)
  })

  it('of a plan that is free of charge ends active', () => {
    timeline(`
      2026-01-17 | buy free trial=14 | trialing free
      2026-01-31 | look              | active free
    `)
  })

  it('that a provider drives ends in grace until the provider speaks', () => {
    timeline(`
      2026-01-17 | buy pro trial=14 provider | trialing pro, grace_ended 2026-02-07
      2026-01-20 | payment_failed            | trialing pro, grace_ended 2026-02-07
      2026-01-31 | look                      | past_due pro, grace_ended 2026-02-07
      2026-02-01 | payment_succeeded         | active pro
    `)
  })

  it('that is paid before it ends goes on as active', () => {
    timeline(`
      2026-01-17 | buy pro trial=14 provider | trialing pro, grace_ended 2026-02-07
      2026-01-20 | payment_succeeded         | trialing pro
      2026-01-31 | look                      | active pro
    `)
  })

  it('that is ended early is pinned there, with everything that waited for its end', () => {
    timeline(`
      2026-01-17 | buy pro trial=14 provider | trialing pro, grace_ended 2026-02-07
      2026-01-18 | change starter            | trialing pro, starter from 2026-01-31, grace_ended 2026-02-07
      2026-01-20 | end_trial                 | past_due starter, grace_ended 2026-01-27
      2026-01-20 | payment_succeeded         | active starter
      2026-01-21 | cancel period_end         | active starter, canceled 2026-02-20
    `)
    timeline(`
      2026-01-17 | buy pro trial=14  | trialing pro, trial_ended 2026-01-31
      2026-01-20 | end_trial         | ended pro, trial_ended 2026-01-20
      2026-01-20 | payment_succeeded | active pro
    `)
  })

  it('that goes down to a free plan at its end owes nothing', () => {
    timeline(`
      2026-01-17 | buy pro trial=14 provider | trialing pro, grace_ended 2026-02-07
      2026-01-18 | change free               | trialing pro, free from 2026-01-31
      2026-01-31 | look                      | active free
      2026-03-01 | change pro                | active pro
      2026-03-01 | payment_failed            | past_due pro, grace_ended 2026-03-08
    `)
    timeline(`
      2026-01-17 | buy pro trial=14 | trialing pro, trial_ended 2026-01-31
      2026-01-18 | change free      | trialing pro, free from 2026-01-31
      2026-01-18 | undo             | trialing pro, trial_ended 2026-01-31
    `)
  })
})

describe('a pause', () => {
  it('stops access, lets time run on, and ends by resume alone', () => {
    timeline(`
      2026-02-10 | change starter    | active pro, starter from 2026-02-28
      2026-02-11 | pause             | paused pro, starter from 2026-02-28
      2026-02-12 | undo              | paused pro
      2026-02-12 | payment_succeeded | paused pro
      2026-02-12 | cancel period_end | paused pro, canceled 2026-02-28
      2026-02-13 | resume            | active pro, canceled 2026-02-28
    `)
  })

  it('does not keep grace from running out', () => {
    timeline(`
      2026-02-28 | payment_failed | past_due pro, grace_ended 2026-03-07
      2026-03-01 | pause          | paused pro, grace_ended 2026-03-07
      2026-03-07 | look           | ended pro, grace_ended 2026-03-07
    `)
  })
})

describe('a renewal', () => {
  it('without dates changes nothing', () => {
    timeline(`
      2026-02-10 | renew             | active pro
      2026-02-10 | cancel period_end | active pro, canceled 2026-02-28
    `)
  })

  it('that corrects the current period moves what waits for its end', () => {
    timeline(`
      2026-02-10 | change starter              | active pro, starter from 2026-02-28
      2026-02-11 | renew 2026-02-01 2026-03-01 | active pro, starter from 2026-03-01
      2026-02-12 | cancel period_end           | active pro, canceled 2026-03-01
      2026-02-13 | renew 2026-02-01 2026-03-02 | active pro, canceled 2026-03-02
    `)
  })

  it('that opens the next period moves it to that start, and never into the past', () => {
    timeline(`
      2026-02-10 | change starter              | active pro, starter from 2026-02-28
      2026-02-26 | renew 2026-02-27 2026-03-27 | active pro, starter from 2026-02-27
    `)
    timeline(`
      2026-02-10 | cancel period_end           | active pro, canceled 2026-02-28
      2026-02-27 | renew 2026-02-26 2026-03-26 | ended pro, canceled 2026-02-27
    `)
  })

  it('leaves a date that was asked for alone', () => {
    timeline(`
      2026-02-10 | cancel 2026-05-05           | active pro, canceled 2026-05-05
      2026-02-11 | renew 2026-02-01 2026-03-01 | active pro, canceled 2026-05-05
    `)
  })

  it('whose provider then falls silent rolls on by arithmetic', () => {
    timeline(`
      2026-02-28 | renew 2026-02-28 2026-03-28 | active pro
      2026-03-29 | cancel period_end           | active pro, canceled 2026-03-31
    `)
  })
})
