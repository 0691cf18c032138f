/** What is told of the catalogue: one event for an edit, however many customers it reaches. */
import type { Instant } from '../../entitlements/instant.ts'
import type { CatalogueChange } from '../change/catalogue-draft.ts'
import { listed } from './bounded.ts'
import type { NewEvent } from './write.ts'

/** The event of an edit: which plans and features are others now, those that only inherit the edit included. */
export function eventsOfCatalogue(
  { after, plans, features }: CatalogueChange,
  now: Instant,
): readonly NewEvent[] {
  const data = {
    revision: after.revision,
    ...listed('planIds', idsOf(plans)),
    ...listed('featureIds', idsOf(features)),
    defaultPlanId: after.defaultPlanId,
  }
  return [{ type: 'catalogue.published', at: now, customerId: null, data }]
}

function idsOf(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map(({ id }) => id)
}
