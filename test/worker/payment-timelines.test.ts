import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { paymentTimeline } from '../support/payment-timeline.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('grace', () => {
  it('of the plan begins once, is seen, and ends to the millisecond; a payment brings back what was used', () =>
    paymentTimeline(`
      2026-01-31              | buy pro    | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-10              | consume 20 | consumed: active pro, enabled, within_limit 20/100 left 80
      2026-02-28              | failed     | applied: past_due pro grace until 2026-03-03, enabled (in grace), within_limit 0/100 left 130
      2026-02-28              | consume 50 | consumed: past_due pro grace until 2026-03-03, enabled (in grace), within_limit 50/100 left 80
      2026-03-01              | failed     | applied: past_due pro grace until 2026-03-03, enabled (in grace), within_limit 50/100 left 80
      2026-03-02T23:59:59.999 | look       | _: past_due pro grace until 2026-03-03, enabled (in grace), within_limit 50/100 left 80
      2026-03-03              | look       | _: ended pro grace until 2026-03-03, grace_ended, grace_ended
      2026-03-03              | failed     | refused: ended pro grace until 2026-03-03, grace_ended, grace_ended
      2026-03-20              | paid       | applied: active pro, enabled, within_limit 50/100 left 80
      2026-03-31              | look       | _: active pro, enabled, within_limit 0/100 left 130
    `))

  it('of the customer comes before that of the plan', () =>
    paymentTimeline(
      `
      2026-01-31              | buy pro | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-28              | failed  | applied: past_due pro grace until 2026-03-01, enabled (in grace), within_limit 0/100 left 130
      2026-02-28T23:59:59.999 | look    | _: past_due pro grace until 2026-03-01, enabled (in grace), within_limit 0/100 left 130
      2026-03-01              | look    | _: ended pro grace until 2026-03-01, grace_ended, grace_ended
    `,
      { graceDays: 1 },
    ))

  it('goes on where a downgrade falls into it', () =>
    paymentTimeline(`
      2026-01-31 | buy pro        | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-10 | change starter | 200: active pro then starter 2026-02-28, enabled, within_limit 0/100 left 100
      2026-02-27 | failed         | applied: past_due pro then starter 2026-02-28 grace until 2026-03-02, enabled (in grace), within_limit 0/100 left 100
      2026-02-28 | look           | _: past_due starter grace until 2026-03-02, not_in_plan, within_limit 0/10 left 10
      2026-03-02 | look           | _: ended starter grace until 2026-03-02, grace_ended, grace_ended
      2026-03-05 | paid           | applied: active starter, not_in_plan, within_limit 0/10 left 10
    `))
})

describe('a trial', () => {
  it('that a provider drives ends in grace until the provider speaks', () =>
    paymentTimeline(`
      2026-01-17 | buy trial provider | 201: trialing trial, enabled, within_limit 0/100 left 100
      2026-01-31 | look               | _: past_due trial grace until 2026-02-07, enabled (in grace), within_limit 0/100 left 100
      2026-02-02 | paid               | applied: active trial, enabled, within_limit 0/100 left 100
      2026-02-28 | look               | _: active trial, enabled, within_limit 0/100 left 100
    `))

  it('that nobody has paid for when its grace is over ends there', () =>
    paymentTimeline(`
      2026-01-17 | buy trial provider | 201: trialing trial, enabled, within_limit 0/100 left 100
      2026-01-20 | failed             | applied: trialing trial, enabled, within_limit 0/100 left 100
      2026-01-31 | look               | _: past_due trial grace until 2026-02-07, enabled (in grace), within_limit 0/100 left 100
      2026-02-07 | look               | _: ended trial grace until 2026-02-07, grace_ended, grace_ended
      2026-02-08 | paid               | applied: active trial, enabled, within_limit 0/100 left 100
    `))

  it('that is paid before it is over goes on', () =>
    paymentTimeline(`
      2026-01-17 | buy trial | 201: trialing trial, enabled, within_limit 0/100 left 100
      2026-01-20 | paid      | applied: trialing trial, enabled, within_limit 0/100 left 100
      2026-01-31 | look      | _: active trial, enabled, within_limit 0/100 left 100
    `))
})

describe('a renewal', () => {
  it('begins the next billing period; the meter carries over by its own reset', () =>
    paymentTimeline(`
      2026-01-31 | buy pro        | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-10 | consume 60     | consumed: active pro, enabled, within_limit 60/100 left 40
      2026-02-28 | paid           | applied: active pro, enabled, within_limit 0/100 left 120
      2026-03-01 | consume 30     | consumed: active pro, enabled, within_limit 30/100 left 90
      2026-03-02 | change starter | 200: active pro then starter 2026-03-31, enabled, within_limit 30/100 left 90
      2026-03-31 | paid           | applied: active starter, not_in_plan, within_limit 0/10 left 10
    `))

  it('paid for early moves nothing', () =>
    paymentTimeline(`
      2026-01-31 | buy pro | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-10 | cancel  | 200: active pro until 2026-02-28, enabled, within_limit 0/100 left 100
      2026-02-20 | undo    | 200: active pro, enabled, within_limit 0/100 left 100
      2026-02-20 | paid    | applied: active pro, enabled, within_limit 0/100 left 100
      2026-02-21 | cancel  | 200: active pro until 2026-02-28, enabled, within_limit 0/100 left 100
      2026-02-21 | undo    | 200: active pro, enabled, within_limit 0/100 left 100
      2026-02-28 | cancel  | 200: active pro until 2026-03-31, enabled, within_limit 0/100 left 130
    `))
})

describe('a refund', () => {
  it('in full takes access and what had been carried over; what was used stays used', () =>
    paymentTimeline(`
      2026-01-31 | buy pro    | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-28 | consume 10 | consumed: active pro, enabled, within_limit 10/100 left 120
      2026-03-01 | refunded   | applied: ended pro, subscription_ended, subscription_ended
      2026-03-01 | paid       | refused: ended pro, subscription_ended, subscription_ended
      2026-03-02 | buy pro    | 201: active pro, enabled, within_limit 0/100 left 100
    `))

  it('in part, and a dispute, take nothing', () =>
    paymentTimeline(`
      2026-01-31 | buy pro       | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-01 | refunded 4899 | no_effect: active pro, enabled, within_limit 0/100 left 100
      2026-02-01 | disputed      | no_effect: active pro, enabled, within_limit 0/100 left 100
      2026-02-02 | refunded 4900 | applied: ended pro, subscription_ended, subscription_ended
    `))

  it('of an add-on leaves the plan', () =>
    paymentTimeline(`
      2026-01-31          | buy pro            | 201: active pro, enabled, within_limit 0/100 left 100
      2026-01-31T06:00:00 | add boost          | 201: active pro, enabled, within_limit 0/150 left 150
      2026-02-10          | consume 120        | consumed: active pro, enabled, within_limit 120/150 left 30
      2026-02-11          | refunded of add-on | applied: active pro, enabled, limit_reached 100/100 left 0
      2026-02-28          | look               | _: active pro, enabled, within_limit 0/100 left 100
    `))
})

describe('changing one’s mind', () => {
  it('in the same moment leaves everything as it was', () =>
    paymentTimeline(`
      2026-01-31              | buy pro | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-10T12:00:00.000 | cancel  | 200: active pro until 2026-02-28, enabled, within_limit 0/100 left 100
      2026-02-10T12:00:00.000 | undo    | 200: active pro, enabled, within_limit 0/100 left 100
      2026-03-10              | look    | _: active pro, enabled, within_limit 0/100 left 130
    `))

  it('up and down and up again begins a meter anew once a period', () =>
    paymentTimeline(`
      2026-01-31 | buy pro        | 201: active pro, enabled, within_limit 0/100 left 100
      2026-02-01 | consume 90     | consumed: active pro, enabled, within_limit 90/100 left 10
      2026-02-02 | change max     | 200: active max, enabled, within_limit 0/200 left 200
      2026-02-02 | consume 150    | consumed: active max, enabled, within_limit 150/200 left 50
      2026-02-03 | change pro now | 200: active pro, enabled, limit_reached 150/100 left 0
      2026-02-04 | change max     | 200: active max, enabled, within_limit 150/200 left 50
      2026-02-05 | change pro now | 200: active pro, enabled, limit_reached 150/100 left 0
      2026-02-06 | change max     | 200: active max, enabled, within_limit 150/200 left 50
    `))
})
