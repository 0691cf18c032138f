/** A feature as Kelviq's clients know it. Its id is its identifier. */
import type { FeatureType } from '../../entitlements/catalogue.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { FeatureTypeWord } from '../../schema/kelviq-words.ts'
import type { FeatureInput } from '../../schema/wire/kelviq-catalogue.ts'
import type { FeatureAnswer } from '../../schema/wire/feature.ts'
import type { FieldError } from '../failures.ts'

/** The type that a word means, older words included. */
export function featureTypeOf(word: FeatureTypeWord): FeatureType {
  switch (word) {
    case 'BOOLEAN':
    case 'FLAG':
      return 'boolean'
    case 'METER':
      return 'meter'
    case 'CUSTOMIZABLE':
    case 'LIMIT':
      return 'customizable'
  }
}

/** The word for a type. */
export const FEATURE_TYPE_WORD: Readonly<Record<FeatureType, FeatureTypeWord>> = {
  boolean: 'BOOLEAN',
  meter: 'METER',
  customizable: 'CUSTOMIZABLE',
}

/** A feature in Kelviq's form. */
export function featureObject(feature: FeatureAnswer): Readonly<Record<string, unknown>> {
  const { id, name, description = '', type, metadata, archivedAt, updatedAt } = feature
  return {
    id,
    identifier: id,
    name,
    description,
    featureType: FEATURE_TYPE_WORD[type],
    featureDetails: featureDetails(feature),
    meter: meterObject(feature),
    details: {},
    metadata,
    isArchived: archivedAt !== null,
    modifiedOn: updatedAt,
  }
}

/** The feature that a request asks for, as our own operation takes it. */
export function statedFeature(
  id: string,
  input: FeatureInput,
): Result<Readonly<Record<string, unknown>>, readonly FieldError[]> {
  const { name, featureType, description, featureDetails: said, metadata } = input
  const type = featureTypeOf(featureType)
  const meter = type === 'meter' ? meterFrom(id, input.meter) : ok(null)
  if (!meter.ok) return meter
  const unit = type === 'meter' ? unitFrom(said?.units) : null
  return ok({
    type,
    name,
    ...(description && { description }),
    ...(unit !== null && { unit }),
    ...(meter.value !== null && { meter: meter.value }),
    ...(metadata && { metadata }),
  })
}

/** An identifier for whoever gives only a name. Empty where nothing of the name can stand in one. */
export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase()
  const joined = plain.replaceAll(/\p{M}/gu, '').replaceAll(/[^a-z0-9]+/g, '-')
  return joined.replace(/^-/, '').slice(0, 64).replace(/-$/, '')
}

function featureDetails({ type, unit, meter }: FeatureAnswer): object {
  if (type !== 'meter') return {}
  return {
    featureSubType: meter === undefined ? 'PRE_AGGREGATED_USAGE' : 'RAW_EVENTS',
    ...(unit !== undefined && { units: unit }),
  }
}

function meterObject({ meter }: FeatureAnswer): object {
  if (meter === undefined) return {}
  const { event, aggregate, property } = meter
  return {
    aggregation: { function: aggregate.toUpperCase(), field: property ?? null },
    filters: [],
    eventName: event,
  }
}

type Unit = { readonly singular?: string | null; readonly plural?: string | null } | null

/** One word is enough where only one is given. */
function unitFrom(units: Unit | undefined): { singular: string; plural: string } | null {
  const singular = units?.singular || units?.plural
  const plural = units?.plural || units?.singular
  return singular && plural ? { singular, plural } : null
}

/** Null: the application counts itself. */
function meterFrom(
  id: string,
  meter: FeatureInput['meter'],
): Result<object | null, readonly FieldError[]> {
  const { function: wanted, field } = meter?.aggregation ?? {}
  if (!wanted) return ok(null)
  const aggregate = wanted.toLowerCase()
  if (aggregate !== 'count' && aggregate !== 'sum') {
    return wrong('/meter', 'an aggregation by COUNT or SUM')
  }
  if (meter?.filters?.length) return wrong('/meter', 'no filters: every event of its name counts')
  return ok({
    event: meter?.eventName || id,
    aggregate,
    ...(aggregate === 'sum' && field ? { property: field } : {}),
  })
}

function wrong(pointer: string, expected: string): Result<never, readonly FieldError[]> {
  return err([{ pointer, code: 'invalid_value', expected }])
}
