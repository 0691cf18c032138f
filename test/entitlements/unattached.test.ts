import { describe, it } from 'vitest'
import { timeline } from '../support/timeline.ts'

describe('usage without any allowance', () => {
  it('is taken over by a later allowance that never resets, and by no other', () => {
    timeline(
      { pro: null, other: { limit: 10 }, stock: { limit: 10, reset: 'never' } },
      `
      2026-01-01 subscribe s1 pro        | _ not_in_plan
      2026-01-02 report 4                | recorded not_in_plan 4/0 left 0 over 4 until never
      2026-01-03 move s1 other           | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-04 move s1 pro             | _ not_in_plan 4/0 left 0 over 4 until never
      2026-02-02 move s1 stock           | _ within_limit 4/10 left 6 until never
      2026-02-03 end s1                  | _ subscription_ended
    `,
    )
  })

  it('counts when the default plan comes back to a meter that never resets', () => {
    timeline(
      { free: { limit: 10, reset: 'never' }, pro: null },
      `
      2026-01-05 consume 3        | consumed within_limit 3/10 left 7 until never
      2026-01-06 subscribe s1 pro | _ not_in_plan
      2026-01-07 report 5         | recorded not_in_plan 5/0 left 0 over 5 until never
      2026-01-08 report 4         | recorded not_in_plan 9/0 left 0 over 9 until never
      2026-01-09 end s1           | _ limit_reached 12/10 left 0 over 2 until never
      2026-01-10 report -3        | recorded within_limit 9/10 left 1 until never
      2026-01-11 subscribe s2 pro | _ not_in_plan
      2026-01-12 end s2           | _ within_limit 9/10 left 1 until never
    `,
      'free',
    )
  })

  it('counts when a plan is given a meter again that it had before', () => {
    timeline(
      { pro: { limit: 10, reset: 'never' } },
      `
      2026-01-01 subscribe s1 pro  | _ within_limit 0/10 left 10 until never
      2026-01-02 consume 6         | consumed within_limit 6/10 left 4 until never
      2026-01-03 edit pro removed  | _ not_in_plan
      2026-01-04 report 7          | recorded not_in_plan 7/0 left 0 over 7 until never
      2026-01-05 edit pro limit=20 reset=never | _ within_limit 13/20 left 7 until never
      2026-01-06 set 2             | recorded within_limit 2/20 left 18 until never
    `,
    )
  })

  it('waits for the end of a period that a rule which never resets has left open', () => {
    timeline(
      { pro: { limit: 10 }, bare: null, stock: { limit: 10, reset: 'never' } },
      `
      2026-01-01 subscribe s1 pro  | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-02 consume 6         | consumed within_limit 6/10 left 4 until 2026-02-01
      2026-01-03 move s1 bare      | _ not_in_plan
      2026-01-04 report 7          | recorded not_in_plan 7/0 left 0 over 7 until never
      2026-01-05 move s1 stock     | _ within_limit 6/10 left 4 until 2026-02-01
      2026-02-01 look              | _ within_limit 7/10 left 3 until never
    `,
    )
  })

  it('is taken over on time by what a lapsed subscription goes down to', () => {
    timeline(
      { pro: null, stock: { limit: 10, reset: 'never' } },
      `
      2026-01-01 subscribe s1 pro          | _ not_in_plan
      2026-01-02 report 4                  | recorded not_in_plan 4/0 left 0 over 4 until never
      2026-01-03 fail s1 2026-01-10        | _ not_in_plan 4/0 left 0 over 4 until never
      2026-01-04 move s1 stock 2026-02-01  | _ not_in_plan 4/0 left 0 over 4 until never
      2026-01-31T23:59:59.999 look         | _ grace_ended 4/0 left 0 over 4 until never
      2026-02-01 look                      | _ grace_ended
      2026-02-02 pay s1                    | _ within_limit 4/10 left 6 until never
    `,
    )
  })

  it('joins what is reported later in a pause', () => {
    timeline(
      { pro: { limit: 10, reset: 'never' }, bare: null },
      `
      2026-01-01 subscribe s1 pro  | _ within_limit 0/10 left 10 until never
      2026-01-02 move s1 bare      | _ not_in_plan
      2026-01-03 report 7          | recorded not_in_plan 7/0 left 0 over 7 until never
      2026-01-04 move s1 pro       | _ within_limit 7/10 left 3 until never
      2026-01-05 pause s1          | _ paused
      2026-01-06 report 2          | recorded paused
      2026-01-07 resume s1         | _ within_limit 9/10 left 1 until never
    `,
    )
  })

  it('outlives a reading that was taken over at the same instant', () => {
    timeline(
      { pro: { limit: 10, reset: 'never' }, addon: null },
      `
      2026-01-01 report 1            | recorded no_subscription 1/0 left 0 over 1 until never
      2026-01-01 subscribe s1 pro    | _ within_limit 1/10 left 9 until never
      2026-01-01 move s1 addon       | _ not_in_plan
      2026-01-01 report 2            | recorded not_in_plan 2/0 left 0 over 2 until never
      2026-01-01 move s1 pro         | _ within_limit 3/10 left 7 until never
      2026-01-01 subscribe s2 pro    | _ within_limit 3/20 left 17 until never
    `,
    )
  })

  it('is recorded, and a later never-resetting allowance takes it over', () => {
    timeline(
      { pro: { limit: 10, reset: 'never' } },
      `
      2026-01-01 report 4         | recorded no_subscription 4/0 left 0 over 4 until never
      2026-01-02 subscribe s1 pro | _ within_limit 4/10 left 6 until never
    `,
    )
  })
})
