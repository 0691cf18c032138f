import { describe, expect, it } from 'vitest'
import { FILES, read } from './repository.ts'

const PAGE = read('test/conformance/README.md')

/** What was asked for, by number. */
const REQUIREMENTS = [
  ...range('C', 1, 8),
  ...range('R', 1, 6),
  ...range('R', 10, 18),
  ...range('R', 20, 21),
  ...range('R', 30, 33),
  ...range('R', 40, 41),
  ...range('R', 50, 54),
  ...range('R', 60, 65),
  ...range('R', 70, 72),
  ...range('S', 1, 22),
]

/** What later work is about. */
const LATER: readonly string[] = []

interface Row {
  readonly id: string
  readonly tests: readonly { readonly file: string; readonly title: string }[]
}

const ROWS: readonly Row[] = [...PAGE.matchAll(/^\| ([CRS]\d+) \|.*\| (.+) \|$/gm)].map(
  ([, id = '', cell = '']) => ({
    id,
    tests: [...cell.matchAll(/`(test\/[\w/.-]+)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(
      ([, file = '', titles = '']) =>
        [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({
          file,
          title,
        })),
    ),
  }),
)

describe('the page of requirements', () => {
  it('has each requirement once, with a test, or as later work', () => {
    const rows = ROWS.map(({ id }) => id)
    expect([...rows, ...LATER].toSorted()).toEqual(REQUIREMENTS.toSorted())
    expect(ROWS.filter(({ tests }) => tests.length === 0)).toEqual([])
    expect(LATER.filter((id) => !PAGE.includes(id))).toEqual([])
  })

  it('names only tests that exist', () => {
    const named = ROWS.flatMap(({ tests }) => tests)
    const gone = named.filter(({ file, title }) => !titlesOf(file).has(title))
    expect(gone).toEqual([])
  })

  it('names every file of its folder', () => {
    const files = FILES.filter((file) => /^test\/conformance\/.*\.test\.ts$/.test(file))
    const named = new Set(ROWS.flatMap(({ tests }) => tests.map(({ file }) => file)))
    const without = files.filter((file) => !named.has(file))
    expect(without).toEqual(['test/conformance/protocol.test.ts'])
  })
})

describe('the repository', () => {
  it('has the packages of the card', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    expect(Object.keys({ ...dependencies, ...devDependencies })).toEqual(
      expect.arrayContaining([
        'hono',
        '@cloudflare/workers-types',
        'wrangler',
        'drizzle-orm',
        'zod',
        'miniflare',
        'vitest',
      ]),
    )
  })

  it('has the folders and files of the card', () => {
    const top = new Set(FILES.map((file) => file.split('/')[0]))
    const wanted = ['worker', 'durable-objects', 'schema', 'scripts', 'test', 'wrangler.toml']
    const files = ['package.json', 'tsconfig.json', 'README.md']
    expect([...wanted, ...files].filter((name) => !top.has(name))).toEqual([])
  })
})

/** Titles as a file writes them: the strings that begin a call's arguments. */
function titlesOf(file: string): ReadonlySet<string> {
  if (!FILES.includes(file)) return new Set()
  const literals = read(file).matchAll(/\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])+)\1,/g)
  return new Set([...literals].map(([, , text = '']) => text.replaceAll(/\\(.)/g, '$1')))
}

function range(letter: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`)
}
