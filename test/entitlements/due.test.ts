/** When a customer must be woken although nobody asks. */
import { describe, expect, it } from 'vitest'
import { advance, type CustomerState } from '../../entitlements/advance.ts'
import { nextDue } from '../../entitlements/due.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { report } from '../../entitlements/report.ts'
import { catalogue, customer, METER, meter, plan, subscription } from '../support/world.ts'

const at = (day: string): Instant => Date.parse(`${day}T00:00:00Z`)

describe('an idle period', () => {
  const free = plan('free', { [METER]: meter({ limit: 10 }) }, { kind: 'addon', free: true })
  const plans = catalogue([free])
  const held = (first: Partial<Parameters<typeof subscription>[3]>): CustomerState => ({
    customer: customer({
      subscriptions: [
        subscription('first', 'free', at('2026-01-20'), first),
        subscription('second', 'free', at('2026-01-10')),
      ],
    }),
    lots: new Map(),
    advancedTo: at('2026-01-20'),
  })

  it('ends unseen: nobody is due for it', () => {
    const state = advance(held({}), plans, at('2026-01-25')).state
    expect(nextDue(state, plans, at('2026-01-25'))).toBe(null)
  })

  it('that usage of an ended free plan waits for is due at its end, when the usage moves over', () => {
    const used = used3(held({}))
    const ended = held({ ended: { at: at('2026-01-26'), because: 'canceled' } })
    const state = advance({ ...used, customer: ended.customer }, plans, at('2026-01-27')).state
    expect(state.lots.get(METER)?.map(({ kind, used }) => [kind, used])).toEqual([
      ['retired', 3],
      ['allowance', 0],
    ])
    expect(nextDue(state, plans, at('2026-01-27'))).toBe(at('2026-02-10'))
    const moved = advance(state, plans, at('2026-02-10')).state.lots.get(METER)
    expect(moved?.map(({ holdingId, used }) => [holdingId, used])).toEqual([['second', 3]])
  })

  /** Three used of the subscription that comes last in burn order. */
  function used3(state: CustomerState): CustomerState {
    const alone = { ...state.customer, subscriptions: state.customer.subscriptions.slice(0, 1) }
    const now = at('2026-01-21')
    const usage = { behaviour: 'set' as const, value: 3, enforce: true }
    const answer = report({ ...state, customer: alone }, plans, METER, usage, now)
    if (answer.outcome !== 'recorded') throw new Error(answer.outcome)
    const lots = new Map([[METER, answer.change.lots]])
    return { customer: state.customer, lots, advancedTo: now }
  }
})
