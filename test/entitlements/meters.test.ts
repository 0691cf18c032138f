import { describe, it } from 'vitest'
import { timeline } from '../support/timeline.ts'

describe('a hard limit', () => {
  it('grants all or nothing and starts again at the anchor of every month', () => {
    timeline(
      { pro: { limit: 100 } },
      `
      2026-01-31        subscribe s1 pro | _ within_limit 0/100 left 100 until 2026-02-28
      2026-02-01        consume 60       | consumed within_limit 60/100 left 40 until 2026-02-28
      2026-02-01        consume 41       | refused within_limit 60/100 left 40 until 2026-02-28
      2026-02-02        consume 40       | consumed limit_reached 100/100 left 0 until 2026-02-28
      2026-02-27T23:59:59.999 look       | _ limit_reached 100/100 left 0 until 2026-02-28
      2026-02-28        look             | _ within_limit 0/100 left 100 until 2026-03-31
      2026-03-30        consume 7        | consumed within_limit 7/100 left 93 until 2026-03-31
      2026-03-31        look             | _ within_limit 0/100 left 100 until 2026-04-30
    `,
    )
  })

  it('counts what was reported beyond it and then stands still', () => {
    timeline(
      { pro: { limit: 10 } },
      `
      2026-01-01 subscribe s1 pro  | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 report 15         | recorded limit_reached 15/10 left 0 over 5 until 2026-02-01
      2026-01-03 consume 1         | refused limit_reached 15/10 left 0 over 5 until 2026-02-01
      2026-01-04 set 3             | recorded within_limit 3/10 left 7 until 2026-02-01
      2026-01-05 report -5         | clamped within_limit 0/10 left 10 until 2026-02-01
      2026-01-06 report 11 enforced | refused within_limit 0/10 left 10 until 2026-02-01
      2026-01-06 set 11 enforced   | refused within_limit 0/10 left 10 until 2026-02-01
      2026-01-07 report 10 enforced | recorded limit_reached 10/10 left 0 until 2026-02-01
      2026-01-08 reset             | reset within_limit 0/10 left 10 until 2026-02-01
    `,
    )
  })

  it('of zero entitles to nothing', () => {
    timeline(
      { pro: { limit: 0 } },
      `
      2026-01-01 subscribe s1 pro | _ limit_reached 0/0 left 0 until 2026-02-01
      2026-01-01 consume 1        | refused limit_reached 0/0 left 0 until 2026-02-01
    `,
    )
  })
})

describe('a soft limit', () => {
  it('lets usage run over and forgets the excess with the period', () => {
    timeline(
      { pro: { limit: 10, enforcement: 'soft' } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 12       | consumed over_soft_limit 12/10 left 0 over 2 until 2026-02-01
      2026-02-01 look             | _ within_limit 0/10 left 10 until 2026-03-01
    `,
    )
  })
})

describe('an unlimited meter', () => {
  it('is counted, so that a later limit bites truthfully', () => {
    timeline(
      { pro: { limit: 'unlimited' } },
      `
      2026-01-01 subscribe s1 pro   | _ unlimited 0/unlimited left unlimited until 2026-02-01
      2026-01-02 consume 500        | consumed unlimited 500/unlimited left unlimited until 2026-02-01
      2026-01-03 edit pro limit=400 | _ limit_reached 500/400 left 0 over 100 until 2026-02-01
      2026-01-04 edit pro limit=600 | _ within_limit 500/600 left 100 until 2026-02-01
    `,
    )
  })
})

describe('rollover', () => {
  const rollover = { percent: 50, max: 30 }

  it('carries part of what is unspent for one period, and spends it first', () => {
    timeline(
      { pro: { limit: 100, rollover } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-20 consume 60       | consumed within_limit 60/100 left 40 until 2026-02-01
      2026-02-01 look             | _ within_limit 0/100 left 120 until 2026-03-01
      2026-02-10 consume 15       | consumed within_limit 15/100 left 105 until 2026-03-01
      2026-03-01 look             | _ within_limit 0/100 left 130 until 2026-04-01
      2026-03-02 consume 130      | consumed limit_reached 130/100 left 0 until 2026-04-01
      2026-04-01 look             | _ within_limit 0/100 left 100 until 2026-05-01
    `,
    )
  })

  it('spends what was carried first, so that the period keeps more to hand on', () => {
    timeline(
      { pro: { limit: 10, rollover: { percent: 50, max: null } } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/10 left 10 until 2026-02-01
      2026-02-01 consume 5        | consumed within_limit 5/10 left 10 until 2026-03-01
      2026-03-01 look             | _ within_limit 0/10 left 15 until 2026-04-01
    `,
    )
  })

  it('rounds down', () => {
    timeline(
      { pro: { limit: 15, rollover: { percent: 50, max: null } } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/15 left 15 until 2026-02-01
      2026-02-01 look             | _ within_limit 0/15 left 22 until 2026-03-01
    `,
    )
  })

  it('after years of idleness is what one period leaves', () => {
    timeline(
      { pro: { limit: 100, rollover, reset: 'daily' } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/100 left 100 until 2026-01-02
      2032-05-05T12:00 look       | _ within_limit 0/100 left 130 until 2032-05-06
      2032-05-06T12:00 consume 130 | consumed limit_reached 130/100 left 0 until 2032-05-07
    `,
    )
  })

  it('never hands on more, over all lots that close together, than was left of the meter', () => {
    const all = { percent: 100, max: null }
    timeline(
      {
        pro: { limit: 10, rollover: all },
        addon: { limit: 10, rollover: all },
        'addon-never': { limit: 10, reset: 'never' },
      },
      `
      2026-01-01 subscribe s1 addon-never | _ within_limit 0/10 left 10 until never
      2026-01-02 consume 10               | consumed limit_reached 10/10 left 0 until never
      2026-01-03 subscribe s2 pro         | _ within_limit 10/20 left 10 until 2026-02-03
      2026-01-03 subscribe s3 addon       | _ within_limit 10/30 left 20 until 2026-02-03
      2026-01-04 edit addon-never limit=5 | _ within_limit 10/25 left 15 until 2026-02-03
      2026-02-03 look                     | _ within_limit 10/25 left 30 until 2026-03-03
    `,
    )
  })

  it('shares what is left of the meter in burn order, whatever closes beside it', () => {
    timeline(
      {
        pro: { limit: 10, rollover: { percent: 10, max: null } },
        addon: { limit: 10, rollover: { percent: 100, max: null } },
        'addon-never': { limit: 10, reset: 'never' },
      },
      `
      2026-01-01 subscribe s1 addon-never | _ within_limit 0/10 left 10 until never
      2026-01-02 consume 10               | consumed limit_reached 10/10 left 0 until never
      2026-01-03 subscribe s3 pro         | _ within_limit 10/20 left 10 until 2026-02-03
      2026-01-03 subscribe s2 addon       | _ within_limit 10/30 left 20 until 2026-02-03
      2026-01-04 edit addon-never limit=0 | _ within_limit 10/20 left 10 until 2026-02-03
      2026-02-03 look                     | _ within_limit 10/20 left 20 until 2026-03-03
    `,
    )
  })

  it('is capped by the plan entered at the boundary, and none where that plan has none', () => {
    timeline(
      {
        small: { limit: 10, rollover: { percent: 100, max: 30 } },
        plain: { limit: 10 },
        big: { limit: 100, rollover: { percent: 100, max: null } },
      },
      `
      2026-01-01 subscribe s1 big            | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-20 move s1 small 2026-02-01    | _ within_limit 0/100 left 100 until 2026-02-01
      2026-02-01 look                        | _ within_limit 0/10 left 40 until 2026-03-01
      2026-02-20 move s1 plain 2026-03-01    | _ within_limit 0/10 left 40 until 2026-03-01
      2026-03-01 look                        | _ within_limit 0/10 left 10 until 2026-04-01
    `,
    )
  })
})

describe('a plan change', () => {
  it('carries usage by default and zeroes it, at most once a period, where the plan entered says so', () => {
    timeline(
      { starter: { limit: 10 }, pro: { limit: 100, onPlanChange: 'reset' } },
      `
      2026-01-01 subscribe s1 starter | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 10           | consumed limit_reached 10/10 left 0 until 2026-02-01
      2026-01-03 move s1 pro          | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-03 consume 90           | consumed within_limit 90/100 left 10 until 2026-02-01
      2026-01-04 move s1 starter      | _ limit_reached 90/10 left 0 over 80 until 2026-02-01
      2026-01-05 move s1 pro          | _ within_limit 90/100 left 10 until 2026-02-01
    `,
    )
  })

  it('scheduled for the period end keeps everything until its millisecond', () => {
    timeline(
      { starter: { limit: 10 }, pro: { limit: 100 } },
      `
      2026-01-01 subscribe s1 pro             | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-02 consume 50                   | consumed within_limit 50/100 left 50 until 2026-02-01
      2026-01-03 move s1 starter 2026-02-01   | _ within_limit 50/100 left 50 until 2026-02-01
      2026-01-31T23:59:59.999 look            | _ within_limit 50/100 left 50 until 2026-02-01
      2026-02-01 look                         | _ within_limit 0/10 left 10 until 2026-03-01
    `,
    )
  })

  it('keeps the end of a period that a new rule no longer has', () => {
    timeline(
      { pro: { limit: 100 } },
      `
      2026-01-01 subscribe s1 pro       | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-02 consume 50             | consumed within_limit 50/100 left 50 until 2026-02-01
      2026-01-10 edit pro reset=weekly  | _ within_limit 50/100 left 50 until 2026-02-01
      2026-02-01 look                   | _ within_limit 0/100 left 100 until 2026-02-05
    `,
    )
  })

  it('ends a never-ending reading at the first boundary after the edit', () => {
    timeline(
      { pro: { limit: 100, reset: 'never' } },
      `
      2026-01-01 subscribe s1 pro        | _ within_limit 0/100 left 100 until never
      2026-03-10 consume 50              | consumed within_limit 50/100 left 50 until never
      2026-03-15 edit pro reset=monthly  | _ within_limit 50/100 left 50 until 2026-04-01
      2026-04-01 look                    | _ within_limit 0/100 left 100 until 2026-05-01
    `,
    )
  })
})

describe('an override', () => {
  it('decides alone while it applies, and usage stays when it ends', () => {
    timeline(
      { pro: { limit: 10 }, addon: { limit: 5 } },
      `
      2026-01-01 subscribe s1 pro               | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-01 subscribe s2 addon             | _ within_limit 0/15 left 15 until 2026-02-01
      2026-01-02 override limit=50 2026-01-20   | _ within_limit 0/50 left 50 until 2026-02-01
      2026-01-03 consume 40                     | consumed within_limit 40/50 left 10 until 2026-02-01
      2026-01-19T23:59:59.999 look              | _ within_limit 40/50 left 10 until 2026-02-01
      2026-01-20 look                           | _ limit_reached 40/15 left 0 over 25 until 2026-02-01
      2026-01-21 override limit=41              | _ within_limit 40/41 left 1 until 2026-02-01
      2026-01-22 revert                         | _ limit_reached 40/15 left 0 over 25 until 2026-02-01
      2026-02-01 look                           | _ within_limit 0/15 left 15 until 2026-03-01
    `,
    )
  })

  it('decides alone also over what had been carried before it', () => {
    timeline(
      { pro: { limit: 10, rollover: { percent: 100, max: null } } },
      `
      2026-01-01 subscribe s1 pro             | _ within_limit 0/10 left 10 until 2026-02-01
      2026-02-02 override limit=12 2026-02-20 | _ within_limit 0/12 left 12 until 2026-03-01
      2026-02-20 look                         | _ within_limit 0/10 left 20 until 2026-03-01
    `,
    )
  })

  it('that changes the rule also decides what the period kept until its end hands on', () => {
    timeline(
      { pro: { limit: 100, rollover: { percent: 100, max: null } } },
      `
      2026-01-01 subscribe s1 pro                | _ within_limit 0/100 left 100 until 2026-02-01
      2026-01-30 override reset=weekly forever   | _ within_limit 0/100 left 100 until 2026-02-01
      2026-02-01 look                            | _ within_limit 0/100 left 200 until 2026-02-05
    `,
    )
  })

  it('gives a feature that no plan gives, and stands alone only where it says so', () => {
    timeline(
      { pro: null, other: { limit: 1 } },
      `
      2026-01-01 override limit=5 forever              | _ no_subscription
      2026-01-02 override limit=5 forever standalone   | _ within_limit 0/5 left 5 until never
      2026-01-03 consume 5                             | consumed limit_reached 5/5 left 0 until never
      2026-01-04 revert                                | _ no_subscription
      2026-01-05 subscribe s1 pro                      | _ not_in_plan
      2026-01-06 override limit=7                      | _ within_limit 0/7 left 7 until never
    `,
    )
  })
})

describe('several sources', () => {
  it('add up, and what ends soonest is spent first', () => {
    timeline(
      { pro: { limit: 10 }, addon: { limit: 5, reset: 'weekly' } },
      `
      2026-01-01 subscribe s1 pro   | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-01 subscribe s2 addon | _ within_limit 0/15 left 15 until 2026-01-08
      2026-01-02 consume 7          | consumed within_limit 7/15 left 8 until 2026-01-08
      2026-01-08 look               | _ within_limit 2/15 left 13 until 2026-01-15
      2026-01-09 quantity s2 3      | _ within_limit 2/25 left 23 until 2026-01-15
      2026-01-10 end s2             | _ within_limit 2/10 left 8 until 2026-02-01
    `,
    )
  })
})

describe('a subscription that stops', () => {
  it('keeps its usage through a pause and through grace that ran out', () => {
    timeline(
      { pro: { limit: 10 } },
      `
      2026-01-01 subscribe s1 pro      | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 4             | consumed within_limit 4/10 left 6 until 2026-02-01
      2026-01-03 pause s1              | _ paused
      2026-01-04 consume 1             | refused paused
      2026-01-05 resume s1             | _ within_limit 4/10 left 6 until 2026-02-01
      2026-01-06 fail s1 2026-01-10    | _ within_limit 4/10 left 6 until 2026-02-01
      2026-01-09T23:59:59.999 look     | _ within_limit 4/10 left 6 until 2026-02-01
      2026-01-10 look                  | _ grace_ended
      2026-01-12 pay s1                | _ within_limit 4/10 left 6 until 2026-02-01
      2026-01-13 end s1                | _ subscription_ended
    `,
    )
  })

  it('is still reported on: what happens in a pause is the usage of the period that runs on', () => {
    timeline(
      { pro: { limit: 10 } },
      `
      2026-01-01 subscribe s1 pro | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 4        | consumed within_limit 4/10 left 6 until 2026-02-01
      2026-01-03 pause s1         | _ paused
      2026-01-04 set 3            | recorded paused
      2026-01-05 set 3            | recorded paused
      2026-01-06 report 2         | recorded paused
      2026-01-07 report -1        | recorded paused
      2026-01-08 resume s1        | _ within_limit 4/10 left 6 until 2026-02-01
    `,
    )
  })

  it('of a free plan gives no new quota when it is taken again in the same period', () => {
    timeline(
      { free: { limit: 10 }, pro: { limit: 10 } },
      `
      2026-01-01 subscribe s1 free | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 9         | consumed within_limit 9/10 left 1 until 2026-02-01
      2026-01-03 end s1            | _ subscription_ended
      2026-01-04 subscribe s2 free | _ within_limit 9/10 left 1 until 2026-02-01
      2026-01-05 end s2            | _ subscription_ended
      2026-02-02 subscribe s3 free | _ within_limit 0/10 left 10 until 2026-03-02
    `,
    )
  })
})

describe('the default plan', () => {
  it('holds whenever no base subscription does, with its own readings', () => {
    timeline(
      { free: { limit: 3 }, pro: { limit: 10 } },
      `
      2026-01-05 look             | _ within_limit 0/3 left 3 until 2026-02-01
      2026-01-06 consume 3        | consumed limit_reached 3/3 left 0 until 2026-02-01
      2026-01-07 subscribe s1 pro | _ within_limit 0/10 left 10 until 2026-02-07
      2026-01-08 consume 5        | consumed within_limit 5/10 left 5 until 2026-02-07
      2026-01-09 end s1           | _ limit_reached 3/3 left 0 until 2026-02-01
      2026-02-01 look             | _ within_limit 0/3 left 3 until 2026-03-01
    `,
      'free',
    )
  })
})
