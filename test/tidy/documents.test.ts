import { describe, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../schema/wire/event.ts'
import { FILES, linesMatching, read, SOURCES } from './repository.ts'

describe('docs/errors.md', () => {
  it('lists exactly the failures that the code knows', () => {
    const known = codesIn(read('worker/failures.ts'), /(?:code: |NotFound<)'([a-z_]+)'/g)
    const listed = codesIn(read('docs/errors.md'), /^### `?([a-z_]+)`?$/gm)
    expect(listed).toEqual(known)
  })

  it('lists exactly those that our own client knows by type', () => {
    const [, union = ''] =
      /export type ServiceCode =(.*?)\n\n/s.exec(read('sdk/client/error.ts')) ?? []
    const known = codesIn(union, /\| '([a-z_]+)'/g)
    expect(known).toEqual(codesIn(read('docs/errors.md'), /^### `?([a-z_]+)`?$/gm))
  })
})

describe('docs/events.md', () => {
  const page = read('docs/events.md')

  it('lists exactly the types of events that the code knows', () => {
    expect(codesIn(page, /^\| `([a-z_]+\.[a-z_]+)` \|/gm)).toEqual([...EVENT_TYPES].toSorted())
  })

  it('has an example of every kind', () => {
    const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) =>
      String(JSON.parse(json).type),
    )
    const known = EVENT_TYPES.filter((type) => examples.includes(type))
    expect(known.length).toBe(examples.length)
    const kinds = (types: readonly string[]) => new Set(types.map((type) => type.split('.')[0]))
    expect(kinds(examples)).toEqual(kinds(EVENT_TYPES))
  })
})

describe('the promises of ARCHITECTURE.md', () => {
  const promised = [...read('ARCHITECTURE.md').matchAll(/^(\d+)\. \*\*/gm)].map(([, n]) =>
    Number(n),
  )
  const tests = SOURCES.filter((file) => file.endsWith('.test.ts'))
  const kept = new Map(
    tests.map((file) => [
      file,
      new Set([...read(file).matchAll(/'[^'\n]*\bpromise (\d+)\b/gi)].map(([, n]) => Number(n))),
    ]),
  )

  it('are numbered from 1 to 14', () => {
    expect(promised).toEqual(Array.from({ length: 14 }, (_, index) => index + 1))
  })

  it.each(promised)('promise number %i is named by a test', (n) => {
    expect([...kept.values()].some((numbers) => numbers.has(n))).toBe(true)
  })

  it('are the only ones that tests name', () => {
    const named = [...kept.values()].flatMap((numbers) => [...numbers])
    expect(named.filter((n) => !promised.includes(n))).toEqual([])
  })
})

describe('documents', () => {
  it('name only files that exist', () => {
    const pages = FILES.filter(
      (file) => file.endsWith('.md') && !file.startsWith('docs/decisions/'),
    )
    const path =
      /`((?:worker|durable-objects|schema|entitlements|scripts|test|docs)\/[\w./-]+\.\w+)`/g
    const gone = pages.flatMap((page) =>
      [...read(page).matchAll(path)]
        .map(([, file = '']) => file)
        .filter((file) => !FILES.includes(file))
        .map((file) => `${page}: ${file}`),
    )
    expect(gone).toEqual([])
  })

  it('link only to pages that exist', () => {
    const pages = FILES.filter((file) => file.endsWith('.md'))
    const gone = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, link = '']) => new URL(link, `file:///${page}`).pathname.slice(1))
        .filter((file) => !FILES.some((known) => known === file || known.startsWith(`${file}/`)))
        .map((file) => `${page}: ${file}`),
    )
    expect(gone).toEqual([])
  })
})

describe('migrations', () => {
  const migrations = FILES.filter((file) => /^schema\/migrations\/.*\.sql$/.test(file))

  it('never cascade, and never switch foreign keys off: D1 would delete the children', () => {
    expect(migrations.length).toBeGreaterThan(0)
    const dangerous = /foreign_keys\s*=\s*OFF|ON (DELETE|UPDATE) CASCADE/i
    expect(migrations.flatMap((file) => linesMatching(file, dangerous))).toEqual([])
  })
})

describe('packages', () => {
  it('are named by exact version', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(\d+\.\d+\.\d+(-[\w.]+)?|file:sdk)$/.test(String(version)),
    )
    expect(loose).toEqual([])
  })

  it('are all in the lock file, those of other platforms too', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const names = new Set(
      Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')),
    )
    const wanted = Object.values<{ optionalDependencies?: object }>(packages).flatMap(
      ({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}),
    )
    expect(wanted.filter((name) => !names.has(name))).toEqual([])
  })
})

function codesIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, code = '']) => code))].toSorted()
}
