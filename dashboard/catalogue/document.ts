/** The catalogue as a file that people keep, compare and send back. */
import type { Catalogue, CatalogueInput } from '../api/catalogue.ts'

/** More than the service takes, spaces and line ends included. */
const FILE_BYTES_MAX = 8 * 1024 * 1024

/** A file as it was read, or why it could not be. */
export type FileRead =
  | { readonly ok: true; readonly document: CatalogueInput }
  | { readonly ok: false; readonly because: string }

/** The text of a file: what was decided, without when; so two files differ where catalogues do. */
export function fileText({ features, plans, defaultPlanId, revision }: Catalogue): string {
  const document = {
    features: features.map(decided),
    plans: plans.map(decided),
    defaultPlanId,
    revision,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Reads a file; whether it makes a catalogue, the service says. */
export async function readFile(file: File): Promise<FileRead> {
  if (file.size > FILE_BYTES_MAX) return refused('It is too large for a catalogue.')
  const text = await file.text()
  try {
    const said: unknown = JSON.parse(text)
    return isDocument(said)
      ? { ok: true, document: said }
      : refused('It is no catalogue: one holds a list of features and a list of plans.')
  } catch (thrown) {
    const where = thrown instanceof Error ? `: ${thrown.message}` : ''
    return refused(`It is no JSON${where}.`)
  }
}

function refused(because: string): FileRead {
  return { ok: false, because }
}

/** Far enough to send it; the service judges every field. */
function isDocument(said: unknown): said is CatalogueInput {
  const { features, plans } = Object(said)
  return Array.isArray(features) && Array.isArray(plans)
}

function decided<T extends { createdAt: string; updatedAt: string; revision: number }>(item: T) {
  const { createdAt: _, updatedAt: __, revision: ___, ...rest } = item
  return rest
}
