/** What the comments of `schema/wire/` say of shapes and fields, so that readers of the reference are told it too. */

export interface Comments {
  /** Of the shape itself. */
  readonly text: string | null
  /** Of its fields, by name. */
  readonly fields: ReadonlyMap<string, string>
}

/** What is said of an exported shape of a file. */
export type Documented = (file: string, name: string) => Comments

/** Reads the comments out of sources, by file. */
export function documentedIn(sources: ReadonlyMap<string, string>): Documented {
  return (file, name) => {
    const source = sources.get(file) ?? ''
    const declared = new RegExp(`(?:^|\\n)(${COMMENT}\\n)?export const ${name}(?::[^=]+)? = `).exec(
      source,
    )
    if (declared === null) return { text: null, fields: new Map() }
    const from = declared.index + declared[0].length
    const block = source.slice(from, endOf(source, from))
    return { text: textOf(declared[1]), fields: fieldsOf(block) }
  }
}

/** One comment, of one line or several. */
const COMMENT = String.raw`[ \t]*\/\*\*(?:[^*]|\*(?!\/))*\*\/`

/** Only fields of the shape itself: two blanks deep. */
const FIELD = new RegExp(`^(${COMMENT.replace(String.raw`[ \t]*`, '  ')})\\n  (\\w+)`, 'gm')

function fieldsOf(block: string): ReadonlyMap<string, string> {
  const found = [...block.matchAll(FIELD)].map(
    ([, comment, field = '']) => [field, textOf(comment) ?? ''] as const,
  )
  return new Map(found)
}

/** Where a declaration ends: the first line that closes at the margin. */
function endOf(source: string, from: number): number {
  const at = source.slice(from).search(/\n[)}\]]|\n\n/)
  return at === -1 ? source.length : from + at
}

function textOf(comment: string | undefined): string | null {
  if (comment === undefined) return null
  const lines = comment.replaceAll(/^[ \t]*\/\*\*|\*\/\s*$/g, '').split('\n')
  const text = lines
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim()
  return text === '' ? null : text
}
