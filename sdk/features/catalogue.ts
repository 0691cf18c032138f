/** A catalogue, as far as the names of its features go: from a service, or from a file. */
import { readFile } from 'node:fs/promises'
import { CATALOGUE_ID } from '../../schema/ids.ts'
import { Sluice } from '../client/sluice.ts'

export interface Feature {
  readonly id: string
  readonly type: 'boolean' | 'meter' | 'customizable'
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly archivedAt?: string | null | undefined
}

interface Document {
  readonly features?: readonly Feature[]
  /** A seed file has the catalogue beside customers. */
  readonly catalogue?: { readonly features?: readonly Feature[] }
}

/** The features of a running service's catalogue. */
export async function featuresOf(url: string, key: string): Promise<readonly Feature[]> {
  const sluice = new Sluice({ url, key, timeoutMs: 20_000, budgetMs: 60_000 })
  const { body } = await sluice.send<Document>({ method: 'GET', path: '/v1/catalogue' })
  return featuresIn(body, url)
}

/** The features of a catalogue's file, or of a seed's. */
export async function featuresFrom(file: string): Promise<readonly Feature[]> {
  return featuresIn(JSON.parse(await readFile(file, 'utf8')), file)
}

function featuresIn({ features, catalogue }: Document, where: string): readonly Feature[] {
  const found = features ?? catalogue?.features
  if (!Array.isArray(found)) throw new Error(`${where} has no catalogue: expected "features".`)
  // What is written becomes source: nothing but ids gets into it.
  const strange = found.find(({ id, type }) => !CATALOGUE_ID.test(id) || !TYPES.includes(type))
  if (strange !== undefined) throw new Error(`${where}: ${JSON.stringify(strange)} is no feature.`)
  return found.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

const TYPES = ['boolean', 'meter', 'customizable']
