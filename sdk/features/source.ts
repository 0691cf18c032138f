/** The features of a catalogue as TypeScript, so that a mistyped id does not compile. */
import type { Feature } from './catalogue.ts'

/** The module's text; the same catalogue always gives the same. */
export function sourceOf(features: readonly Feature[]): string {
  return `${HEAD}${features.map(entryOf).join('')}${TAIL}`
}

const HEAD = `// Written by \`npx @sluice/sdk features\`. Run it again instead of editing this.

/** The features of the catalogue. */
export const features = {
`

const TAIL = `} as const

/** \`new Sluice<FeatureId>(…)\` takes no other. */
export type FeatureId = keyof typeof features

/** Those that can be consumed and reported. */
export type MeterId = FeatureOf<'meter'>

type FeatureOf<T> = {
  [Id in FeatureId]: (typeof features)[Id]['type'] extends T ? Id : never
}[FeatureId]
`

function entryOf({ id, type, name, description, archivedAt }: Feature): string {
  const said = [name, description].filter((each) => each !== undefined && each !== '').join(': ')
  const archived = typeof archivedAt === 'string' ? '@deprecated Archived.' : ''
  const comment = oneLine([said, archived].filter((each) => each !== '').join(' '))
  return `${comment === '' ? '' : `  /** ${comment} */\n`}  '${id}': { type: '${type}' },\n`
}

/** Whatever people wrote, it ends no comment. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /').trim()
}
