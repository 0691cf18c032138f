/** The catalogue as one document over HTTP. */
import { err, ok } from '../../entitlements/result.ts'
import type { CatalogueInput } from '../../schema/wire/catalogue.ts'
import type { DryRunQuery } from '../../schema/wire/preview.ts'
import { editCatalogue } from '../change/catalogue.ts'
import { catalogueView, documentPointer, statedCatalogue } from '../change/catalogue-document.ts'
import { readCatalogue } from '../change/stored-catalogue.ts'
import type { Handler } from '../route.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'

interface Query extends DryRunQuery {
  readonly prune: boolean
}

export const getCatalogue: Handler = async ({ ports }) => {
  const stored = await readCatalogue(ports)
  return ok({ body: catalogueView(stored), etag: tagOf(stored.revision) })
}

/** Applies the whole document or nothing of it. */
export const putCatalogue: Handler<unknown, Query, CatalogueInput> = (call) =>
  editCatalogue(call, {
    action: 'catalogue.put',
    resource: 'catalogue',
    pointer: documentPointer(call.body),
    decide: (stored) => {
      const refused = ifMatchFailure(call.ifMatch, tagOf(stored.revision), stored.revision)
      if (refused !== null) return err(refused)
      return statedCatalogue(stored, call.body, call.query.prune ? { at: call.now } : null)
    },
    answer: (after) => ({ body: catalogueView(after), etag: tagOf(after.revision) }),
  })
