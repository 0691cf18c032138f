/** What an edit would do to one customer by name. */
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { type Impact, impactBetween, type Standing, standingOf } from '../../entitlements/impact.ts'
import type { Instant } from '../../entitlements/instant.ts'
import type { CataloguePreview } from '../../schema/wire/preview.ts'
import { standingWith } from './groups.ts'
import { entitlementsOf, type Person } from './persons.ts'
import type { Reach } from './reach.ts'

/** One customer looked at singly. */
export interface Finding {
  readonly customerId: string
  readonly impacts: ReadonlyMap<string, Impact>
  /** The age of the usage that was looked at; null where none was. */
  readonly asOf: Instant | null
}

type Example = CataloguePreview['examples'][number]

/** Compares every feature that the edit reaches. */
export function findingOf(person: Person, reach: Reach, now: Instant): Finding {
  const { customer, snapshot, used } = person
  const impacts = new Map<string, Impact>()
  const dates: Instant[] = []
  for (const featureId of reach.featureIds) {
    const [before, after] = entitlementsOf(person, reach, featureId, now)
    impacts.set(featureId, impactBetween(standingFor(person, before), standingFor(person, after)))
    if (before.meter === null && after.meter === null) continue
    const asOf = snapshot?.publishedAt ?? used.get(featureId)?.asOf
    if (asOf !== undefined) dates.push(asOf)
  }
  return {
    customerId: customer.id,
    impacts,
    asOf: dates.length === 0 ? null : Math.min(...dates),
  }
}

/** Who would be over a limit first, then who loses, then who gains; without those for whom nothing happens. */
export function examplesFrom(findings: readonly Finding[], count: number): Example[] {
  return findings
    .map(exampleFrom)
    .filter((example) => weightOf(example) > 0)
    .toSorted((a, b) => weightOf(b) - weightOf(a) || (a.customerId < b.customerId ? -1 : 1))
    .slice(0, count)
}

/** Without the lots, the summary says how much of what is granted has been used. */
function standingFor({ snapshot, used }: Person, entitlement: Entitlement): Standing {
  const standing = standingOf(entitlement)
  if (snapshot !== null || entitlement.missing !== null) return standing
  return standingWith(standing, used.get(entitlement.featureId)?.units ?? 0)
}

function exampleFrom({ customerId, impacts }: Finding): Example {
  const having = (condition: (impact: Impact) => boolean) =>
    [...impacts].filter(([, impact]) => condition(impact)).map(([featureId]) => featureId)
  return {
    customerId,
    gains: having(({ turn }) => turn === 'gain'),
    losses: having(({ turn }) => turn === 'loss'),
    overLimit: having(({ overLimit }) => overLimit),
  }
}

function weightOf({ gains, losses, overLimit }: Example): number {
  if (overLimit.length > 0) return 3
  if (losses.length > 0) return 2
  return gains.length > 0 ? 1 : 0
}
