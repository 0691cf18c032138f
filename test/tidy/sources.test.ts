import { expect, it, test } from 'vitest'
import { FILES, folderOf, linesMatching, read, SOURCES } from './repository.ts'

const RULES_THEMSELVES = 'test/tidy/sources.test.ts'
const PROSE = FILES.filter((file) => file.endsWith('.md'))

it.each([
  ['unfinished work', /\b(TODO|FIXME|XXX|HACK)\b/, SOURCES],
  ['a test that hides the others', /\b(it|test|describe)\.(only|skip)\b/, SOURCES],
  ['a second version beside the first', /\b\w+V2\b/, SOURCES],
  ['a silenced compiler', /@ts-(ignore|expect-error|nocheck)|as unknown as|as any\b/, SOURCES],
  ['a validator that no bundler can take apart', /from 'zod'/, SOURCES],
  ['a wish in a test name', /\b(it|test)(\.each\([^)]*\))?\('should\b/, SOURCES],
  ['a test that sleeps for its result', /setTimeout\(resolve, \d{3,}\)/, SOURCES],
] as const)('there is no %s', (_, pattern, files) => {
  const found = files
    .filter((file) => file !== RULES_THEMSELVES)
    .flatMap((file) => linesMatching(file, pattern))
  expect(found).toEqual([])
})

test('nothing under entitlements/ knows what time it is', () => {
  const domain = SOURCES.filter((file) => folderOf(file) === 'entitlements')
  expect(
    domain.flatMap((file) => linesMatching(file, /new Date\(\)|\bDate\(\)|Date\.now/)),
  ).toEqual([])
})

test('SQL finds a customer’s own clock in one place, which hides it in production', () => {
  const served = SOURCES.filter((file) => /^(worker|durable-objects)\//.test(file))
  const readers = served.filter((file) => /\bclock_at\b/.test(read(file)))
  expect(readers).toEqual(['worker/own-clock.ts'])
})

test('only ports.ts reads the clock', () => {
  const served = SOURCES.filter((file) => /^(worker|durable-objects|schema)\//.test(file))
  const readers = served.filter((file) => /new Date\(\)|Date\.now/.test(read(file)))
  expect(readers).toEqual(['durable-objects/ports.ts', 'worker/ports.ts'])
})

test('folders are at most two deep and are named after the domain', () => {
  const folders = FILES.map((file) =>
    file
      .replace(/^test\//, '')
      .split('/')
      .slice(0, -1),
  )
  expect(folders.filter((path) => path.length > 2)).toEqual([])
  const vague = /^(utils?|helpers?|common|shared|misc|lib|v\d+)$/i
  expect(folders.flat().filter((name) => vague.test(name))).toEqual([])
  expect(FILES.filter((file) => vague.test(file.replace(/^.*\/|\.\w+$/g, '')))).toEqual([])
})

test('no source file is longer than 400 lines, no page of prose wider than a screen', () => {
  const long = SOURCES.filter((file) => read(file).split('\n').length > 401)
  expect(long).toEqual([])
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151)
  expect(PROSE).toContain('ARCHITECTURE.md')
})

test('every export of the domain says what it is', () => {
  const silent = SOURCES.filter((file) => /^(entitlements|schema\/wire)\//.test(file)).flatMap(
    (file) => undocumentedFunctions(file),
  )
  expect(silent).toEqual([])
})

/** Exported functions without a comment right above them. */
function undocumentedFunctions(file: string): readonly string[] {
  const lines = read(file).split('\n')
  return lines.flatMap((line, index) =>
    /^export (async )?function /.test(line) && !/\*\/\s*$/.test(lines[index - 1] ?? '')
      ? [`${file}:${index + 1} ${line}`]
      : [],
  )
}
