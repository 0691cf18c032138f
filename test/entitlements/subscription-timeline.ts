import { expect } from 'vitest'
import type { ActionOf, Action } from '../../entitlements/effects.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { purchase, transition } from '../../entitlements/lifecycle.ts'
import type { Purchase } from '../../entitlements/lifecycle.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import type { Terms } from '../../entitlements/phases.ts'
import { endOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { Phase, Subscription } from '../../entitlements/subscription.ts'
import { CHARGE_PERIODS } from '../../schema/words.ts'

export const GRACE_MS = 7 * DAY_MS

const RANKS = new Map([
  ['free', 0],
  ['starter', 1],
  ['pro', 2],
  ['enterprise', 3],
  ['seats', 1],
])

/** A monthly Pro subscription of 31 January 2026, unless told otherwise. */
export function bought(terms: Partial<Purchase> = {}): Subscription {
  return purchase({
    id: 'sub_1',
    planId: 'pro',
    chargePeriod: 'monthly',
    quantity: 1,
    startAt: Date.UTC(2026, 0, 31),
    trialDays: 0,
    graceMs: GRACE_MS,
    providerDriven: false,
    ...terms,
  })
}

/**
 * Plays a table of `instant | action | what the subscription is then` and compares it line by line.
 *
 * Actions: `look` (time alone), `buy PLAN[*QUANTITY] [CHARGE_PERIOD] [trial=DAYS] [start=DATE] [provider]`,
 * `change PLAN[*QUANTITY] [CHARGE_PERIOD] [WHEN]`, `cancel now|period_end|DATE`, `renew [START END]`,
 * `payment_failed [DATE]`, `payment_succeeded [START END]`, `refund full|partial`, every other one by its name. Without `buy` it is a monthly Pro of 31 January 2026.
 * Returns the last state.
 */
export function timeline(table: string): Subscription {
  const expected = table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3)
  let subscription = bought()
  const played = expected.map(([time = '', words = '']) => {
    const [seen, after] = play(subscription, words, Date.parse(time))
    subscription = after
    return [time, words, seen]
  })
  expect(text(played)).toBe(text(expected))
  return subscription
}

function play(subscription: Subscription, words: string, now: Instant): [string, Subscription] {
  if (words === 'look') return [view(subscription, now), subscription]
  if (words.startsWith('buy ')) {
    const fresh = buy(words.split(' ').slice(1), now)
    return [view(fresh, now), fresh]
  }
  const outcome = transition(subscription, parse(words, subscription, now), now)
  return outcome.ok
    ? [view(outcome.value, now), outcome.value]
    : [`refused: ${outcome.error.because}`, subscription]
}

function buy([what = '', ...rest]: readonly string[], now: Instant): Subscription {
  const options = new Map(rest.map((word) => word.split('=') as [string, string]))
  return bought({
    ...termsOf(
      what,
      rest.find((word) => CHARGE_PERIODS.some((known) => known === word)),
    ),
    startAt: options.has('start') ? Date.parse(options.get('start')!) : now,
    trialDays: Number(options.get('trial') ?? 0),
    providerDriven: options.has('provider'),
  })
}

/** What a subscription is at an instant, and what will become of it, in one line. */
export function view(subscription: Subscription, now: Instant): string {
  const pending = pendingPhase(subscription, now)
  const end = endOf(subscription)
  return [
    `${statusAt(subscription, now)} ${terms(phaseAt(subscription, now))}`,
    ...(pending ? [`${terms(pending)} from ${date(pending.from)}`] : []),
    ...(end ? [`${end.because} ${date(end.at)}`] : []),
  ].join(', ')
}

function terms(phase: Phase): string {
  return phase.quantity === 1 ? phase.planId : `${phase.planId}*${phase.quantity}`
}

function date(at: Instant): string {
  return new Date(at).toISOString().replace('T00:00:00.000Z', '')
}

function text(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => cells.join(' | ')).join('\n')
}

function parse(words: string, subscription: Subscription, now: Instant): ActionOf<Action> {
  const [action = '', first = '', ...rest] = words.split(' ')
  switch (action) {
    case 'change':
      return change(first, rest, phaseAt(subscription, now))
    case 'cancel':
      return first === 'now' || first === 'period_end'
        ? { action, when: first }
        : { action, when: { at: Date.parse(first) } }
    case 'renew':
    case 'payment_succeeded':
      return {
        action,
        period: first ? { startAt: Date.parse(first), endAt: Date.parse(rest[0] ?? '') } : null,
      }
    case 'payment_failed':
      return { action, failedAt: first ? Date.parse(first) : now, graceMs: GRACE_MS }
    case 'refund':
      return { action, full: first === 'full' }
    case 'undo':
    case 'pause':
    case 'resume':
    case 'end_trial':
      return { action }
    default:
      throw new Error(`no such action: ${words}`)
  }
}

function change(what: string, rest: readonly string[], current: Phase): ActionOf<'change'> {
  const when = rest.find((word) => word === 'now' || word === 'period_end') ?? 'auto'
  const to = termsOf(
    what,
    rest.find((word) => word !== when),
  )
  return {
    action: 'change',
    to,
    fromRank: RANKS.get(current.planId) ?? 0,
    toRank: RANKS.get(to.planId) ?? 0,
    when,
  }
}

function termsOf(what: string, named: string | undefined): Terms {
  const [planId = '', quantity = '1'] = what.split('*')
  const chargePeriod = CHARGE_PERIODS.find((known) => known === (named ?? 'monthly')) ?? 'monthly'
  return {
    planId,
    chargePeriod: planId === 'free' ? null : chargePeriod,
    quantity: Number(quantity),
  }
}
