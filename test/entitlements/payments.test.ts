import { describe, it } from 'vitest'
import { timeline as meterTimeline } from '../support/timeline.ts'
import { timeline } from './subscription-timeline.ts'

describe('a payment for a period', () => {
  it('settles the debt and renews', () => {
    timeline(`
      2026-02-10 | cancel period_end                       | active pro, canceled 2026-02-28
      2026-02-11 | undo                                    | active pro
      2026-02-28 | payment_failed                          | past_due pro, grace_ended 2026-03-07
      2026-03-02 | payment_succeeded 2026-02-28 2026-03-31 | active pro
      2026-03-03 | cancel period_end                       | active pro, canceled 2026-03-31
    `)
  })

  it('re-dates what waits for the period’s end as the provider’s dates say', () => {
    timeline(`
      2026-02-10 | change starter                          | active pro, starter from 2026-02-28
      2026-02-26 | payment_succeeded 2026-02-27 2026-03-27 | active pro, starter from 2026-02-27
      2026-02-27 | look                                    | active starter
    `)
  })

  it('that has long passed moves nothing that is still to come', () => {
    timeline(`
      2026-03-10 | cancel period_end                       | active pro, canceled 2026-03-31
      2026-03-11 | payment_succeeded 2026-01-31 2026-02-28 | active pro, canceled 2026-03-31
      2026-03-12 | renew 2026-01-31 2026-03-12             | active pro, canceled 2026-03-31
    `)
    timeline(`
      2026-03-10 | change starter                          | active pro, starter from 2026-03-31
      2026-03-11 | payment_succeeded 2026-01-31 2026-02-28 | active pro, starter from 2026-03-31
    `)
  })

  it('brings back what grace has ended, in the period that it pays for', () => {
    timeline(`
      2026-02-28 | payment_failed                          | past_due pro, grace_ended 2026-03-07
      2026-04-05 | look                                    | ended pro, grace_ended 2026-03-07
      2026-04-05 | payment_succeeded 2026-03-31 2026-04-30 | active pro
      2026-04-05 | cancel period_end                       | active pro, canceled 2026-04-30
    `)
  })

  it('ends a trial of the application’s own in access instead of nothing', () => {
    timeline(`
      2026-01-17 | buy pro trial=14                        | trialing pro, trial_ended 2026-01-31
      2026-01-20 | payment_succeeded 2026-01-31 2026-02-28 | trialing pro
      2026-01-31 | look                                    | active pro
      2026-02-01 | cancel period_end                       | active pro, canceled 2026-02-28
    `)
  })
})

describe('grace', () => {
  it('goes on where the plan goes down in it, and no plan is had by not paying for it', () => {
    timeline(`
      2026-02-24 | payment_failed | past_due pro, grace_ended 2026-03-03
      2026-02-25 | change starter | past_due pro, starter from 2026-02-28, grace_ended 2026-03-03
      2026-02-28 | look           | past_due starter, grace_ended 2026-03-03
      2026-02-28 | payment_failed | past_due starter, grace_ended 2026-03-03
      2026-03-03 | look           | ended starter, grace_ended 2026-03-03
      2026-03-20 | payment_succeeded | active starter
    `)
    meterTimeline(
      { starter: { limit: 10 }, pro: { limit: 100 } },
      `
      2026-01-31 subscribe s1 pro           | _ within_limit 0/100 left 100 until 2026-02-28
      2026-02-10 consume 40                 | consumed within_limit 40/100 left 60 until 2026-02-28
      2026-02-24 fail s1 2026-03-03         | _ within_limit 40/100 left 60 until 2026-02-28
      2026-02-25 move s1 starter 2026-02-28 | _ within_limit 40/100 left 60 until 2026-02-28
      2026-02-28 look                       | _ within_limit 0/10 left 10 until 2026-03-31
      2026-03-01 consume 11                 | refused within_limit 0/10 left 10 until 2026-03-31
      2026-03-03 look                       | _ grace_ended
    `,
    )
  })

  it('upwards in it is no way out of it', () => {
    timeline(`
      2026-02-28 | payment_failed    | past_due pro, grace_ended 2026-03-07
      2026-03-01 | change enterprise | past_due enterprise, grace_ended 2026-03-07
      2026-03-07 | look              | ended enterprise, grace_ended 2026-03-07
    `)
  })
})

describe('a cancellation taken back in the same moment', () => {
  it('leaves everything as it was', () => {
    timeline(`
      2026-02-10T12:00:00.000Z | cancel period_end | active pro, canceled 2026-02-28
      2026-02-10T12:00:00.000Z | undo              | active pro
      2026-02-10T12:00:00.001Z | undo              | refused: nothing_pending
      2026-03-10               | look              | active pro
    `)
  })
})

describe('what was used', () => {
  it('is kept through a lapse that a payment ends, in the periods of the same anchor', () => {
    meterTimeline(
      { pro: { limit: 100 } },
      `
      2026-01-31 subscribe s1 pro   | _ within_limit 0/100 left 100 until 2026-02-28
      2026-02-28 fail s1 2026-03-07 | _ within_limit 0/100 left 100 until 2026-03-31
      2026-03-01 consume 60         | consumed within_limit 60/100 left 40 until 2026-03-31
      2026-03-07 look               | _ grace_ended
      2026-03-20 pay s1             | _ within_limit 60/100 left 40 until 2026-03-31
      2026-03-31 look               | _ within_limit 0/100 left 100 until 2026-04-30
    `,
    )
  })

  it('goes with the purchase that is refunded, and so does what that had carried over', () => {
    meterTimeline(
      { pro: { limit: 100, rollover: { percent: 50, max: 30 } }, free: { limit: 5 } },
      `
      2026-01-31 subscribe s1 pro | _ within_limit 0/100 left 100 until 2026-02-28
      2026-02-10 consume 20       | consumed within_limit 20/100 left 80 until 2026-02-28
      2026-02-28 look             | _ within_limit 0/100 left 130 until 2026-03-31
      2026-03-02 consume 10       | consumed within_limit 10/100 left 120 until 2026-03-31
      2026-03-05 end s1           | _ subscription_ended
      2026-03-06 subscribe s2 pro | _ within_limit 0/100 left 100 until 2026-04-06
    `,
    )
  })

  it('of a plan stays when an add-on is refunded alone', () => {
    meterTimeline(
      { pro: { limit: 100 }, addon: { limit: 50 } },
      `
      2026-01-31 subscribe s1 pro   | _ within_limit 0/100 left 100 until 2026-02-28
      2026-01-31 subscribe s2 addon | _ within_limit 0/150 left 150 until 2026-02-28
      2026-02-10 consume 120        | consumed within_limit 120/150 left 30 until 2026-02-28
      2026-02-11 end s2             | _ limit_reached 100/100 left 0 until 2026-02-28
      2026-02-28 look               | _ within_limit 0/100 left 100 until 2026-03-31
    `,
    )
  })

  it('is forgiven once a period by plans that begin anew, however often they are entered', () => {
    meterTimeline(
      { pro: { limit: 100 }, max: { limit: 200, onPlanChange: 'reset' } },
      `
      2026-01-31 subscribe s1 pro | _ within_limit 0/100 left 100 until 2026-02-28
      2026-02-01 consume 90       | consumed within_limit 90/100 left 10 until 2026-02-28
      2026-02-02 move s1 max      | _ within_limit 0/200 left 200 until 2026-02-28
      2026-02-02 consume 150      | consumed within_limit 150/200 left 50 until 2026-02-28
      2026-02-03 move s1 pro      | _ limit_reached 150/100 left 0 over 50 until 2026-02-28
      2026-02-04 move s1 max      | _ within_limit 150/200 left 50 until 2026-02-28
      2026-02-05 move s1 pro      | _ limit_reached 150/100 left 0 over 50 until 2026-02-28
      2026-02-28 move s1 max      | _ within_limit 0/200 left 200 until 2026-03-31
    `,
    )
  })
})
