/**
 * A catalogue as a group of companies has after ten years: 300 features, and 60 plans that inherit from each other.
 *
 * Ten products sell five tiers each. All of them stand on one plan that nobody can buy, so that an edit of it reaches
 * fifty others. Beside them are a free plan for whoever has none, and add-ons.
 */
import type { FeatureInput } from '../../schema/wire/feature.ts'
import type { PlanInput } from '../../schema/wire/plan.ts'

/** The body of `PUT /v1/catalogue`. */
export interface LargeCatalogue {
  readonly features: readonly (FeatureInput & { readonly id: string })[]
  readonly plans: readonly (PlanInput & { readonly id: string })[]
  readonly defaultPlanId: string
}

type Said = NonNullable<PlanInput['allowances']>

const AREAS = [
  'API',
  'Audit',
  'Backups',
  'Calendars',
  'Certificates',
  'Contracts',
  'Dashboards',
  'Datasets',
  'Devices',
  'Documents',
  'Domains',
  'Forms',
  'Invoices',
  'Maps',
  'Messages',
  'Models',
  'Payments',
  'Pipelines',
  'Projects',
  'Reports',
  'Sandboxes',
  'Search',
  'Storage',
  'Surveys',
  'Tickets',
  'Translations',
  'Video',
  'Voice',
  'Webhooks',
  'Workflows',
] as const

/** What each area has a feature for. */
const ASPECTS = {
  use: { type: 'boolean', name: 'use' },
  requests: { type: 'meter', name: 'requests', unit: ['request', 'requests'] },
  space: { type: 'meter', name: 'space', unit: ['MB', 'MB'] },
  seats: { type: 'meter', name: 'seats', unit: ['seat', 'seats'] },
  exports: { type: 'meter', name: 'exports', unit: ['export', 'exports'] },
  sso: { type: 'boolean', name: 'single sign-on' },
  roles: { type: 'boolean', name: 'roles of one’s own' },
  priority: { type: 'boolean', name: 'priority support' },
  retention: { type: 'customizable', name: 'retention' },
  region: { type: 'customizable', name: 'region' },
} as const

type Aspect = keyof typeof ASPECTS

/** Products, by the word that their plans begin with. */
export const PRODUCTS = [
  'Atlas',
  'Beacon',
  'Canvas',
  'Delta',
  'Ember',
  'Fjord',
  'Grove',
  'Harbor',
  'Iris',
  'Juniper',
] as const

/** Tiers of each product, each standing on the one before it. */
export const TIERS = ['Starter', 'Team', 'Business', 'Enterprise', 'Enterprise EU'] as const

/** Of which there may be several beside a plan. */
export const ADD_ONS = AREAS.slice(0, 8).map((area) => `more-${slug(area)}`)

/** Whoever has bought nothing has this. */
export const FREE = 'free'
/** Every product stands on it. */
export const PLATFORM = 'platform'
/** Stated there and nowhere below. */
export const INHERITED = 'reports-space'

/** The plan of a product and a tier. */
export function planOf(product: string, tier: string): string {
  return slug(`${product} ${tier}`)
}

export function largeCatalogue(): LargeCatalogue {
  return {
    features: AREAS.flatMap((area) =>
      Object.entries(ASPECTS).map(([aspect, { type, name, ...more }]) => ({
        id: `${slug(area)}-${aspect}`,
        type,
        name: `${area}: ${name}`,
        ...('unit' in more && { unit: { singular: more.unit[0], plural: more.unit[1] } }),
      })),
    ),
    plans: [
      {
        id: FREE,
        name: 'Free',
        rank: 0,
        allowances: forEach(['use', 'seats'], AREAS.slice(0, 10), 1),
      },
      {
        id: PLATFORM,
        name: 'Platform',
        description: 'What every product stands on; not for sale.',
        visibility: 'private',
        rank: 1,
        allowances: forEach(['use', 'requests', 'space', 'seats', 'retention'], AREAS, 1),
      },
      ...PRODUCTS.flatMap((product, at) =>
        TIERS.map((tier, step) => tierPlan(product, at, tier, step)),
      ),
      ...ADD_ONS.map((id, at) => addOn(id, AREAS[at] ?? 'API')),
    ],
    defaultPlanId: FREE,
  }
}

/** @param at The product's place among its like, which makes it a little different from the others. */
function tierPlan(product: string, at: number, tier: string, step: number) {
  const amount = [1900, 9900, 29_900, 99_900, 119_900][step] ?? 0
  const below = TIERS[step - 1]
  return {
    id: planOf(product, tier),
    name: `${product} ${tier}`,
    parentId: below === undefined ? PLATFORM : planOf(product, below),
    rank: 100 * (at + 1) + step,
    trialDays: step === 1 ? 14 : 0,
    graceDays: step < 2 ? 7 : 14,
    prices: [
      { chargePeriod: 'monthly' as const, amount, currency: 'USD' },
      { chargePeriod: 'yearly' as const, amount: amount * 10, currency: 'USD' },
    ],
    allowances: statedBy(step, at),
  }
}

/** What a tier says itself: the rest it has from the tier below. */
function statedBy(step: number, at: number): Said {
  const own = AREAS.filter((_, place) => place % PRODUCTS.length === at)
  switch (step) {
    case 0:
      return {
        ...forEach(['requests', 'exports', 'seats'], own, at + 2),
        [`${slug(AREAS[at + 11] ?? 'Video')}-use`]: { removed: true },
      }
    case 1:
      return forEach(['requests', 'seats'], AREAS, 10 + at)
    case 2:
      return forEach(['exports', 'sso', 'roles'], AREAS, 100 + at)
    case 3:
      return {
        ...forEach(['priority', 'region'], AREAS, 1),
        ...forEach(['requests'], AREAS, Infinity),
      }
    default:
      return forEach(['region', 'retention'], AREAS, 2)
  }
}

function addOn(id: string, area: string) {
  return {
    id,
    name: `More ${area}`,
    kind: 'addon' as const,
    rank: 0,
    prices: [{ chargePeriod: 'monthly' as const, amount: 500, currency: 'USD' }],
    allowances: forEach(['requests', 'space'], [area], 5),
  }
}

/** The same said of several areas; `times` says how much, without an end where it has none. */
function forEach(aspects: readonly Aspect[], areas: readonly string[], times: number): Said {
  return Object.fromEntries(
    areas.flatMap((area) =>
      aspects.map((aspect) => [`${slug(area)}-${aspect}`, statement(aspect, times)] as const),
    ),
  )
}

function statement(aspect: Aspect, times: number): Said[string] {
  const limit = (units: number) => (times === Infinity ? ('unlimited' as const) : units * times)
  switch (aspect) {
    case 'requests':
      return { limit: limit(1000), reset: 'monthly', alertsAt: times === Infinity ? [] : [80, 100] }
    case 'space':
      return { limit: limit(500), enforcement: 'soft' }
    case 'seats':
      return { limit: limit(3) }
    case 'exports':
      return { limit: limit(5), reset: 'daily' }
    case 'retention':
      return { value: { days: 30 * times } }
    case 'region':
      return { value: times === 1 ? 'anywhere' : 'eu' }
    case 'use':
    case 'sso':
    case 'roles':
    case 'priority':
      return { enabled: true }
  }
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-')
}
