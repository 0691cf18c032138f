/**
 * The nth of many customers: what it bought and when, what was promised to it, how much it has used.
 *
 * The same each time, so that a seed that was broken off goes on where it was, and a test can know what to expect.
 */
import type { SeedCustomer, SeedSubscription } from '../seed/document.ts'
import { ADD_ONS, planOf, PRODUCTS, TIERS } from './catalogue.ts'
import { chance, oneOf } from './chance.ts'
import { nameOf } from './names.ts'

/** What makes a customer one to look for, by how many there are one of it. */
const KINDS = {
  overridden: { every: 100, at: 3 },
  nearLimit: { every: 200, at: 5 },
  overLimit: { every: 200, at: 105 },
  pastDue: { every: 250, at: 7 },
  paused: { every: 500, at: 11 },
  leaving: { every: 500, at: 13 },
  refunded: { every: 500, at: 17 },
} as const

/** `plain` is everybody else. */
export type Kind = keyof typeof KINDS | 'plain'

/** What is promised, and what customers come near or over the limit of. */
export const METER = 'reports-seats'
/** Whoever comes near it holds this one. */
const METERED_PLAN = { planId: planOf('Atlas', 'Team'), limit: 30 } as const

export function idOf(n: number): string {
  return `org-${String(n).padStart(6, '0')}`
}

export function kindOf(n: number): Kind {
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[])
    if (n % KINDS[kind].every === KINDS[kind].at) return kind
  return 'plain'
}

/** @param n From 1 on. */
export function largeCustomer(n: number): SeedCustomer {
  const id = idOf(n)
  const kind = kindOf(n)
  const name = nameOf(n)
  return {
    id,
    body: {
      ...(name !== null && { name }),
      ...(n % 7 !== 3 && { email: `billing@${id}.example` }),
      metadata: {
        segment: oneOf(['self-serve', 'mid-market', 'enterprise'], n, 20),
        tags: TAGS.filter((_, at) => chance(n, 21 + at) < 0.3),
      },
    },
    subscriptions: kind === 'plain' ? plainSubscriptions(n) : [marked(n, kind)],
    overrides: kind === 'overridden' ? [promised(n)] : [],
    usage: usage(kind),
  }
}

const TAGS = ['pilot', 'partner', 'education', 'do-not-call', 'beta', 'migrated'] as const

/** Most have nothing but what is free; some try, some wait, some have add-ons beside their plan. */
function plainSubscriptions(n: number): readonly SeedSubscription[] {
  const lot = chance(n, 10)
  const { body } = started(n)
  const held = (more: object): SeedSubscription => ({ body: { ...body, ...more }, actions: [] })
  if (lot < 0.4) return []
  if (lot < 0.43) return [held({ startAt: days(n, -13, -1), trialDays: 14 })]
  if (lot < 0.46) return [held({ startAt: days(n, -90, -20), trialDays: 14 })]
  if (lot < 0.47) return [held({ startAt: days(n, 1, 60) })]
  if (lot < 0.53) {
    const planId = oneOf(ADD_ONS as [string, ...string[]], n, 11)
    const quantity = 1 + Math.floor(chance(n, 12) * 5)
    return [held({}), held({ planId, chargePeriod: 'monthly', quantity })]
  }
  return [held({})]
}

/** A plan that runs, taken up within the last two years. Small tiers and the first products sell best. */
function started(n: number): SeedSubscription {
  const product = PRODUCTS[Math.floor(chance(n, 13) ** 2 * PRODUCTS.length)] ?? PRODUCTS[0]
  const tier = TIERS[Math.floor(chance(n, 14) ** 3 * TIERS.length)] ?? TIERS[0]
  const chargePeriod = chance(n, 15) < 0.7 ? 'monthly' : 'yearly'
  return {
    body: {
      planId: planOf(product, tier),
      chargePeriod,
      startAt: days(n, -700, -40),
      trialDays: 0,
    },
    actions: [],
  }
}

function marked(n: number, kind: Kind): SeedSubscription {
  const { body } = started(n)
  const isMetered = usage(kind).length > 0
  const { planId } = METERED_PLAN
  return { body: isMetered ? { ...body, planId } : body, actions: acts(kind) }
}

/** What happened to it since. */
function acts(kind: Kind): SeedSubscription['actions'] {
  switch (kind) {
    case 'pastDue':
      return [{ action: 'payment-failed', body: { occurredAt: '-2d' } }]
    case 'paused':
      return [{ action: 'pause', body: {} }]
    case 'leaving':
      return [{ action: 'cancel', body: { when: 'period_end' } }]
    case 'refunded':
      return [{ action: 'refund', body: { full: true } }]
    case 'plain':
    case 'overridden':
    case 'nearLimit':
    case 'overLimit':
      return []
  }
}

function promised(n: number) {
  const allowance = { limit: 1000 + Math.floor(chance(n, 16) * 9000) }
  const expiry = n % 200 === 3 ? { expiresAt: days(n, 5, 90) } : {}
  return { featureId: METER, body: { allowance, reason: 'Promised by sales', ...expiry } }
}

function usage(kind: Kind): SeedCustomer['usage'] {
  const { limit } = METERED_PLAN
  const used = (value: number) => [{ featureId: METER, behaviour: 'set', value }]
  if (kind === 'overLimit') return used(limit + 5)
  return kind === 'nearLimit' ? used(limit - 2) : []
}

/** Whole days from now, as relative dates of a seed have it. */
function days(n: number, from: number, until: number): string {
  const at = from + Math.floor(chance(n, 17) * (until - from + 1))
  return at < 0 ? `${at}d` : `+${at}d`
}
