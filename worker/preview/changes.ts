/** What an edit itself states otherwise, item by item, whomever it reaches. */
import { sameJson } from '../../entitlements/json.ts'
import { FIELDS_MAX, type CataloguePreview } from '../../schema/wire/preview.ts'
import type { FeatureRow, PlanRow, StoredCatalogue } from '../change/stored-catalogue.ts'

type Changes = CataloguePreview['changes']
type Row = FeatureRow | PlanRow

/** Kept by the service, and so stated by nobody. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'createdAt',
  'updatedAt',
  'revision',
  'documentRevision',
  'archivedAt',
])

/** Features, then plans, in the order of ids; the default plan comes last. */
export function changesOf(stored: StoredCatalogue, edited: StoredCatalogue): Changes {
  const isSameDefault = stored.defaultPlanId === edited.defaultPlanId
  return [
    ...itemsOf('features', stored.features, edited.features),
    ...itemsOf('plans', stored.plans, edited.plans),
    ...(isSameDefault ? [] : [changeOf('catalogue', 'changed', ['/defaultPlanId'])]),
  ]
}

function itemsOf(
  name: 'features' | 'plans',
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
): Changes {
  return [...after.values()].flatMap((row) => {
    const was = before.get(row.id)
    const resource = `${name}/${row.id}`
    if (was === undefined) return [changeOf(resource, 'created', [])]
    const fields = differing(was, row)
    const turn = turnOf(was.archivedAt, row.archivedAt)
    return fields.length === 0 && turn === 'changed' ? [] : [changeOf(resource, turn, fields)]
  })
}

function changeOf(
  resource: string,
  change: Changes[number]['change'],
  fields: readonly string[],
): Changes[number] {
  return { resource, change, fields: fields.slice(0, FIELDS_MAX), fieldCount: fields.length }
}

function turnOf(before: number | null, after: number | null): 'archived' | 'restored' | 'changed' {
  if ((before === null) === (after === null)) return 'changed'
  return after === null ? 'restored' : 'archived'
}

/** Pointers to what differs; of allowances one for each feature. */
function differing(before: Row, after: Row): readonly string[] {
  const were = new Map<string, unknown>(Object.entries(before))
  return Object.entries(after).flatMap(([name, value]) => {
    if (BOOKKEEPING.has(name) || sameJson(were.get(name), value)) return []
    if (name !== 'allowances') return [`/${name}`]
    return statementsThatDiffer(were.get(name), value).map((id) => `/allowances/${id}`)
  })
}

function statementsThatDiffer(before: unknown, after: unknown): readonly string[] {
  const were = new Map<string, unknown>(Object.entries(before ?? {}))
  const are = new Map<string, unknown>(Object.entries(after ?? {}))
  const ids = [...new Set([...were.keys(), ...are.keys()])].toSorted()
  return ids.filter((id) => !sameJson(were.get(id), are.get(id)))
}
