/** The catalogue's head: which revision of each plan is in force, and what every feature is. One KV entry. */
import type { Catalogue, CatalogueFeature, CompiledPlan } from '../entitlements/catalogue.ts'
import { decoded, entries, flag, integer, list, nullable, string, toFlag, wordAt } from './read.ts'
import { FEATURE_TYPES } from './words.ts'

/** What every check needs of the catalogue beside the customer's own plans. */
export interface Head {
  /** Epoch milliseconds of the catalogue edit that produced it, or one more than the edit before. */
  readonly revision: number
  /** The document of each plan that is in force, as its revision. */
  readonly plans: ReadonlyMap<string, number>
  readonly features: ReadonlyMap<string, CatalogueFeature>
  readonly defaultPlanId: string | null
  /** By event, the meters that it feeds; absent where no meter names one. */
  readonly meters?: ReadonlyMap<string, readonly EventMeter[]>
}

/** A meter that an event feeds. */
export interface EventMeter {
  readonly featureId: string
  /** The property that is added up; null: events are counted. */
  readonly property: string | null
}

/** Where KV holds the head. */
export const HEAD_KEY = 'head'

/** The number of the encoding; a reader that does not know it treats the head as a miss. */
export const HEAD_FORMAT = 1

/** The head of a deployment whose catalogue nobody has edited yet. */
export const EMPTY_HEAD: Head = {
  revision: 0,
  plans: new Map(),
  features: new Map(),
  defaultPlanId: null,
}

/** Packs a head for KV and D1. */
export function encodeHead(head: Head): string {
  const features = [...head.features].map(([id, feature]) => [
    id,
    FEATURE_TYPES.indexOf(feature.type),
    toFlag(feature.onUnavailable === 'allow'),
    feature.grantedBy,
    ...(feature.grantedByMore === undefined ? [] : [feature.grantedByMore]),
  ])
  const meters = [...(head.meters ?? [])].map(([event, fed]) => [
    event,
    fed.map(({ featureId, property }) => [featureId, property]),
  ])
  const plans = [...head.plans]
  return JSON.stringify([HEAD_FORMAT, head.revision, head.defaultPlanId, plans, features, meters])
}

/** Reads a head; null when it is unreadable, which is a miss. */
export function decodeHead(text: string): Head | null {
  return decoded(text, (value) => {
    const [format, revision, defaultPlanId, plans, features, meters] = list(value)
    if (format !== HEAD_FORMAT) return null
    return {
      revision: integer(revision),
      plans: entries(plans, (entry) => integer(entry[1])),
      features: entries(features, readFeature),
      defaultPlanId: nullable(defaultPlanId, string),
      ...readMeters(meters),
    }
  })
}

/** The catalogue that an evaluator needs, from the head and the plans that the customer at hand holds. */
export function catalogueFrom(head: Head, plans: ReadonlyMap<string, CompiledPlan>): Catalogue {
  return {
    revision: head.revision,
    features: head.features,
    plans,
    defaultPlanId: head.defaultPlanId,
  }
}

/** How many more give it is absent where none do, and in the head of an older writer. */
function readFeature([, type, allow, grantedBy, more]: readonly unknown[]): CatalogueFeature {
  return {
    type: wordAt(type, FEATURE_TYPES),
    onUnavailable: flag(allow) ? 'allow' : 'deny',
    grantedBy: list(grantedBy).map(string),
    ...(more !== undefined && { grantedByMore: integer(more) }),
  }
}

/** Absent in the head of an older writer; few heads have any. */
function readMeters(value: unknown): Pick<Head, 'meters'> {
  const meters = entries(value ?? [], readFed)
  return meters.size === 0 ? {} : { meters }
}

function readFed([, fed]: readonly unknown[]): readonly EventMeter[] {
  return list(fed).map((meter) => {
    const [featureId, property] = list(meter)
    return { featureId: string(featureId), property: nullable(property, string) }
  })
}
