/** A catalogue in the API's words, compiled as the service compiles it. */
import type { Statement } from '../../entitlements/allowance.ts'
import type { Catalogue, CompiledPlan, FeatureType } from '../../entitlements/catalogue.ts'
import { compileCatalogue, type Feature, type Plan } from '../../entitlements/compile.ts'
import { editStatement } from '../../entitlements/edit.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import { readAllowancePatch } from '../../schema/allowance.ts'
import { CHARGE_PERIODS, FEATURE_TYPES, PLAN_KINDS } from '../../schema/words.ts'
import { byId, known, oneOf, wrong } from './reading.ts'
import type { CatalogueWords, FeatureWords, PlanWords } from './words.ts'

/** A catalogue, and on which terms its plans are taken. */
export interface Offered {
  readonly catalogue: Catalogue
  readonly offers: ReadonlyMap<string, Offer>
}

export interface Offer {
  readonly kind: 'base' | 'addon'
  readonly rank: number
  readonly chargePeriods: readonly ChargePeriod[]
  readonly trialDays: number
  readonly graceDays: number | null
}

/** The catalogue of these words at a revision; throws where they make none. */
export function offeredBy(
  { features: stated, plans, defaultPlanId = null }: CatalogueWords,
  revision: number,
  before: ReadonlyMap<string, CompiledPlan>,
): Offered {
  const features = byId(stated.map(featureOf))
  const compiled = compileCatalogue(
    [...features.values()],
    plans.map((plan) => planOf(plan, features)),
    defaultPlanId,
    revision,
    before,
  )
  if (!compiled.ok)
    throw new Error(`The catalogue does not stand: ${JSON.stringify(compiled.error)}`)
  const offers = plans.map((plan) => [plan.id, offerOf(plan)] as const)
  return { catalogue: compiled.value, offers: new Map(offers) }
}

function featureOf({ id, type, onUnavailable = 'deny', archivedAt = null }: FeatureWords): Feature {
  const place = `features.${id}`
  return {
    id,
    type: oneOf(type, FEATURE_TYPES, `${place}.type`),
    onUnavailable: oneOf(onUnavailable, ['deny', 'allow'], `${place}.onUnavailable`),
    archived: archivedAt !== null,
  }
}

function planOf(plan: PlanWords, features: ReadonlyMap<string, Feature>): Plan {
  const { id, parentId = null, kind = 'base', rank = 0, visibility = 'public' } = plan
  const { prices = [], allowances = {}, archivedAt = null } = plan
  const place = `plans.${id}`
  const statements = Object.entries(allowances).map(([featureId, stated]) => {
    const { type } = known(features, featureId, 'feature')
    return [featureId, statementOf(stated ?? {}, type, `${place}.${featureId}`)] as const
  })
  return {
    id,
    parentId,
    kind: oneOf(kind, PLAN_KINDS, `${place}.kind`),
    rank,
    visibility: oneOf(visibility, ['public', 'private'], `${place}.visibility`),
    free: prices.length === 0,
    archived: archivedAt !== null,
    statements: new Map(statements),
  }
}

/** What is left out is its type's default. */
function statementOf(stated: object, type: FeatureType, place: string): Statement {
  const patch = 'removed' in stated ? ({ removed: true } as const) : readAllowancePatch(stated)
  const edited = editStatement(null, patch, type)
  if (!edited.ok || edited.value === null) {
    throw wrong(place, `an allowance of a ${type} feature`, stated)
  }
  return edited.value
}

function offerOf({ id, kind = 'base', rank = 0, prices = [], ...plan }: PlanWords): Offer {
  const charged = prices.map(({ chargePeriod }) =>
    oneOf(chargePeriod, CHARGE_PERIODS, `plans.${id}.prices`),
  )
  return {
    kind: oneOf(kind, PLAN_KINDS, `plans.${id}.kind`),
    rank,
    chargePeriods: [...new Set(charged)],
    trialDays: plan.trialDays ?? 0,
    graceDays: plan.graceDays ?? null,
  }
}
