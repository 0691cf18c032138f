/** Entitlements as the wire shows them. */
import type { Access } from '../entitlements/access.ts'
import type { Entitlement, MeterReading, Source } from '../entitlements/entitlement.ts'
import type { Period } from '../entitlements/instant.ts'
import { instantText } from './instant-text.ts'
import type { EntitlementAnswer } from './wire/access.ts'

/** An entitlement with the answer to one question about it. */
export interface Told {
  readonly customerId: string
  readonly entitlement: Entitlement
  readonly access: Access
  readonly hint: string | null
}

/** One entitlement as the wire shows it. */
export function entitlementAnswer(told: Told): EntitlementAnswer {
  const { customerId, entitlement, access, hint } = told
  const { featureId, type } = entitlement
  const { hasAccess, reason, warnings } = access
  return {
    customerId,
    featureId,
    type,
    hasAccess,
    reason,
    ...shownOf(entitlement),
    warnings: [...warnings],
    ...(hint === null ? null : { hint }),
  }
}

type Shown = Omit<
  EntitlementAnswer,
  'customerId' | 'featureId' | 'type' | 'hasAccess' | 'reason' | 'warnings' | 'hint'
>

/** What an entitlement shows whatever is asked of it. Written out once for as long as it is kept. */
const shown = new WeakMap<Entitlement, Shown>()

function shownOf(entitlement: Entitlement): Shown {
  const known = shown.get(entitlement)
  if (known !== undefined) return known
  const { value, meter, sources, inherited, overridden, graceEndsAt } = entitlement
  const written = {
    ...(value === null ? null : { value }),
    ...(meter === null ? null : meterAnswer(meter)),
    sources: sources.map(sourceAnswer),
    inherited,
    overridden,
    grace: graceEndsAt === null ? null : { endsAt: instantText(graceEndsAt) },
  }
  shown.set(entitlement, written)
  return written
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
    resetAt: period === null ? null : instantText(period.endAt),
  }
}

/** Where a grant or a lot comes from. */
export function sourceAnswer({ expiresAt, ...source }: Source) {
  return expiresAt === undefined ? source : { ...source, expiresAt: instantText(expiresAt) }
}

function periodAnswer({ startAt, endAt }: Period) {
  return { startAt: instantText(startAt), endAt: instantText(endAt) }
}
