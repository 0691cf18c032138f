/** What can be done to one feature or one plan; the two differ only in what they say. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import { page, type PageQuery } from '../paging.ts'
import type { Ports } from '../ports.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import { suggestion } from '../../schema/suggest.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import { type Cataloguing, editCatalogue } from './catalogue.ts'
import type { Draft, StoredCatalogue } from './stored-catalogue.ts'

/** Features or plans. */
export interface Items<Row, Content> {
  /** As in their paths. */
  readonly name: 'features' | 'plans'
  readonly of: (stored: StoredCatalogue) => ReadonlyMap<string, Row>
  readonly withItem: (stored: StoredCatalogue, content: Content) => Draft
  readonly notFound: (id: string, suggestion: string | null) => Failure
  readonly view: (row: Row) => object
  /** At most `count` rows whose ids come after `after`, or all from the first. */
  readonly read: (ports: Ports, after: string | null, count: number) => Promise<readonly Row[]>
  readonly find: (ports: Ports, id: string) => Promise<Row | undefined>
}

interface Item {
  readonly id: string
  readonly revision: number
  readonly archivedAt: number | null
}

/** What editing an item needs of a call. */
export type Editing = Cataloguing & Pick<Call, 'ifMatch'>

/** States an item whole, new or not. */
export function putItem<Row extends Item, Content>(
  call: Editing,
  items: Items<Row, Content>,
  id: string,
  state: (stored: StoredCatalogue) => Result<Content, Failure>,
): Promise<Outcome> {
  return editCatalogue(call, {
    action: `${items.name}.put`,
    resource: `${items.name}/${id}`,
    decide: (stored) => {
      const refused = editFailure(call, items.of(stored).get(id))
      if (refused !== null) return err(refused)
      const content = state(stored)
      return content.ok ? ok(items.withItem(stored, content.value)) : content
    },
    answer: (after, before) => {
      const isNew = !items.of(before).has(id)
      return { ...answerOf(items, after, id), status: isNew ? 201 : 200 }
    },
  })
}

/** Changes an item that exists. */
export function changeItem<Row extends Item, Content>(
  call: Editing,
  items: Items<Row, Content>,
  { id, verb }: { readonly id: string; readonly verb: string },
  change: (row: Row, stored: StoredCatalogue) => Result<Content, Failure>,
): Promise<Outcome> {
  return editCatalogue(call, {
    action: `${items.name}.${verb}`,
    resource: `${items.name}/${id}`,
    decide: (stored) => {
      const rows = items.of(stored)
      const row = rows.get(id)
      if (row === undefined) return err(items.notFound(id, suggestion(id, rows.keys())))
      const refused = editFailure(call, row)
      if (refused !== null) return err(refused)
      const content = change(row, stored)
      return content.ok ? ok(items.withItem(stored, content.value)) : content
    },
    answer: (after) => answerOf(items, after, id),
  })
}

/** Archives an item: it stays valid where it was used before and cannot be newly attached. */
export function archiveItem<Row extends Item & Content, Content>(
  call: Editing,
  items: Items<Row, Content>,
  id: string,
): Promise<Outcome> {
  const archive = (row: Row) => ok({ ...row, archivedAt: row.archivedAt ?? call.now })
  return changeItem(call, items, { id, verb: 'archive' }, archive)
}

export async function getItem<Row extends Item, Content>(
  { ports }: Pick<Call, 'ports'>,
  items: Items<Row, Content>,
  id: string,
): Promise<Outcome> {
  const row = await items.find(ports, id)
  if (row !== undefined) return ok({ body: items.view(row), etag: tagOf(row.revision) })
  const rows = await items.read(ports, null, ALL)
  return err(
    items.notFound(
      id,
      suggestion(
        id,
        rows.map((each) => each.id),
      ),
    ),
  )
}

/** One page of items in the order of their ids, archived ones included. */
export function listItems<Row extends Item, Content>(
  call: Pick<Call<unknown, PageQuery>, 'ports' | 'query' | 'now'>,
  items: Items<Row, Content>,
): Promise<Outcome> {
  const list = {
    name: items.name,
    read: (after: readonly (string | number)[] | null, count: number) =>
      items.read(call.ports, after === null ? null : String(after[0]), count),
    positionOf: (row: Row) => [row.id],
  }
  return page(call, list, items.view)
}

/** More than any catalogue holds. */
const ALL = 1_000

function editFailure({ ifMatch }: Editing, row: Item | undefined): Failure | null {
  const tag = row === undefined ? null : tagOf(row.revision)
  return ifMatchFailure(ifMatch, tag, row?.revision ?? null)
}

function answerOf<Row extends Item, Content>(
  items: Items<Row, Content>,
  after: StoredCatalogue,
  id: string,
): Omit<Answer, 'replayed'> {
  const row = items.of(after).get(id)
  return row === undefined ? { body: {} } : { body: items.view(row), etag: tagOf(row.revision) }
}
