import { expect } from 'vitest'
import type { ActionOf, Action } from '../../entitlements/effects.ts'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { purchase, transition } from '../../entitlements/lifecycle.ts'
import type { Purchase } from '../../entitlements/lifecycle.ts'
import { pendingPhase } from '../../entitlements/phases.ts'
import { endOf, phaseAt, statusAt } from '../../entitlements/status.ts'
import type { ChargePeriod, Phase, Subscription } from '../../entitlements/subscription.ts'

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
 * Actions: `look` (time alone), `change PLAN[*QUANTITY] [CHARGE_PERIOD] [WHEN]`, `cancel now|period_end|DATE`,
 * `renew START END`, `refund full|partial`, every other one by its name.
 */
export function timeline(start: Subscription, table: string): Subscription {
  const lines = table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3)
  let subscription = start
  const played = lines.map(([time = '', words = '']) => {
    const now = Date.parse(time)
    const outcome =
      words === 'look' ? null : transition(subscription, parse(words, subscription, now), now)
    if (outcome?.ok) subscription = outcome.value
    const seen =
      outcome?.ok === false ? `refused: ${outcome.error.because}` : view(subscription, now)
    return [time, words, seen]
  })
  expect(text(played)).toBe(text(lines))
  return subscription
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
      return {
        action,
        period: first ? { startAt: Date.parse(first), endAt: Date.parse(rest[0] ?? '') } : null,
      }
    case 'payment_failed':
      return { action, graceMs: GRACE_MS }
    case 'refund':
      return { action, full: first === 'full' }
    case 'undo':
    case 'pause':
    case 'resume':
    case 'end_trial':
    case 'payment_succeeded':
      return { action }
    default:
      throw new Error(`no such action: ${words}`)
  }
}

function change(what: string, rest: readonly string[], current: Phase): ActionOf<'change'> {
  const [planId = '', quantity = '1'] = what.split('*')
  const when = rest.find((word) => word === 'now' || word === 'period_end') ?? 'auto'
  const named = rest.find((word) => word !== when) as ChargePeriod | undefined
  return {
    action: 'change',
    to: {
      planId,
      chargePeriod: planId === 'free' ? null : (named ?? 'monthly'),
      quantity: Number(quantity),
    },
    fromRank: RANKS.get(current.planId) ?? 0,
    toRank: RANKS.get(planId) ?? 0,
    when,
  }
}
