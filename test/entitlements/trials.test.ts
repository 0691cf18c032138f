import { describe, it } from 'vitest'
import { timeline } from '../support/timeline.ts'

describe('a trial', () => {
  it('runs the same grid backwards, cut at the start', () => {
    timeline(
      { pro: { limit: 10 } },
      `
      2026-01-10 subscribe s1 pro 2026-01-24 | _ within_limit 0/10 left 10 until 2026-01-24
      2026-01-11 consume 10                  | consumed limit_reached 10/10 left 0 until 2026-01-24
      2026-01-24 look                        | _ within_limit 0/10 left 10 until 2026-02-24
    `,
    )
  })

  it('ended early closes there also what it had carried', () => {
    timeline(
      { pro: { limit: 10, reset: 'weekly', rollover: { percent: 100, max: 5 } } },
      `
      2026-01-10 subscribe s1 pro 2026-01-24 | _ within_limit 0/10 left 10 until 2026-01-17
      2026-01-17 look                        | _ within_limit 0/10 left 15 until 2026-01-24
      2026-01-18 consume 15                  | consumed limit_reached 15/10 left 0 until 2026-01-24
      2026-01-19 end-trial s1                | _ within_limit 0/10 left 10 until 2026-01-26
    `,
    )
  })

  it('that is long over cuts no period which a rule of the calendar had opened', () => {
    timeline(
      { pro: { limit: 10, anchor: 'calendar' } },
      `
      2026-01-10 subscribe s1 pro 2026-01-24  | _ within_limit 0/10 left 10 until 2026-02-01
      2026-01-11 consume 10                   | consumed limit_reached 10/10 left 0 until 2026-02-01
      2026-01-28 edit pro anchor=subscription | _ limit_reached 10/10 left 0 until 2026-02-01
      2026-02-01 look                         | _ within_limit 0/10 left 10 until 2026-02-24
    `,
    )
  })

  it('gives a never-ending reading that began in it no earlier end than the next boundary', () => {
    timeline(
      { pro: { limit: 10, reset: 'never' } },
      `
      2026-01-10 subscribe s1 pro 2026-01-24 | _ within_limit 0/10 left 10 until never
      2026-01-11 consume 8                   | consumed within_limit 8/10 left 2 until never
      2026-01-24 consume 1                   | consumed within_limit 9/10 left 1 until never
      2026-01-24 edit pro reset=monthly      | _ within_limit 9/10 left 1 until 2026-02-24
      2026-01-24 look                        | _ within_limit 9/10 left 1 until 2026-02-24
      2026-02-24 look                        | _ within_limit 0/10 left 10 until 2026-03-24
    `,
    )
  })

  it('ended early starts its period there', () => {
    timeline(
      { pro: { limit: 10 } },
      `
      2026-01-10 subscribe s1 pro 2026-01-24 | _ within_limit 0/10 left 10 until 2026-01-24
      2026-01-11 consume 10                  | consumed limit_reached 10/10 left 0 until 2026-01-24
      2026-01-15 end-trial s1                | _ within_limit 0/10 left 10 until 2026-02-15
    `,
    )
  })
})
