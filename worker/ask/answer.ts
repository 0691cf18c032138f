/** Entitlements and what they rest on, as the wire shows them. */
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement, MeterReading, Source } from '../../entitlements/entitlement.ts'
import type { Instant, Period } from '../../entitlements/instant.ts'
import type { EntitlementAnswer, Freshness as FreshnessAnswer } from '../../schema/wire/access.ts'
import type { Freshness } from './freshness.ts'

export interface Told {
  readonly customerId: string
  readonly entitlement: Entitlement
  readonly access: Access
  readonly hint: string | null
}

export function entitlementAnswer({
  customerId,
  entitlement,
  access,
  hint,
}: Told): EntitlementAnswer {
  const { featureId, type, value, meter, sources, inherited, overridden, graceEndsAt } = entitlement
  return {
    customerId,
    featureId,
    type,
    hasAccess: access.hasAccess,
    reason: access.reason,
    ...(value === null ? null : { value }),
    ...(meter === null ? null : meterAnswer(meter)),
    sources: sources.map(sourceAnswer),
    inherited,
    overridden,
    grace: graceEndsAt === null ? null : { endsAt: text(graceEndsAt) },
    warnings: [...access.warnings],
    ...(hint === null ? null : { hint }),
  }
}

export function freshnessAnswer(freshness: Freshness): FreshnessAnswer {
  const { asOf, publishedAt } = freshness
  return {
    ...freshness,
    asOf: text(asOf),
    publishedAt: publishedAt === null ? null : text(publishedAt),
  }
}

function meterAnswer({
  limit,
  used,
  balance,
  overage,
  carried,
  enforcement,
  period,
}: MeterReading) {
  return {
    limit,
    used,
    balance,
    overage,
    carried,
    enforcement,
    period: period === null ? null : periodAnswer(period),
    resetAt: period === null ? null : text(period.endAt),
  }
}

function sourceAnswer({ expiresAt, ...source }: Source) {
  return expiresAt === undefined ? source : { ...source, expiresAt: text(expiresAt) }
}

function periodAnswer({ startAt, endAt }: Period) {
  return { startAt: text(startAt), endAt: text(endAt) }
}

function text(at: Instant): string {
  return new Date(at).toISOString()
}
