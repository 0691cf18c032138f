import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** Not ours, or made by a tool. */
const LEFT_OUT =
  /^(node_modules|build|sdk\/dist|public\/dashboard|public\/docs\/swagger-ui[^/]*|examples\/[^/]+\/(node_modules|dist|\.wrangler)|test\/support\/\.wrangler|coverage|\.git|\.wrangler|\.state|schema\/migrations\/meta)(\/|$)/
const GENERATED = /^(package-lock\.json|public\/openapi\.json|worker-configuration\.d\.ts)$/

const IMPORT =
  /^(?:import|export)\s[^'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm

/** Every file that people wrote, as paths from the root. */
export const FILES: readonly string[] = walk('').toSorted()

/** Those in a language that can import. */
export const SOURCES: readonly string[] = FILES.filter((file) => /\.(tsx?|mjs|jsx?)$/.test(file))

export interface Import {
  readonly file: string
  /** A path from the root, or a package with its subpath. */
  readonly to: string
}

/** Every import of every source, of values and of types, static and not. */
export const IMPORTS: readonly Import[] = SOURCES.flatMap((file) =>
  [...read(file).matchAll(IMPORT)].map((match) => ({
    file,
    to: target(file, match[1] ?? match[2] ?? match[3] ?? ''),
  })),
)

/** A file's text. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** The first segment of a path; of a file at the root its name. */
export function folderOf(path: string): string {
  return path.split('/')[0] ?? ''
}

/** The lines of a file that match, as `file:line text`. */
export function linesMatching(file: string, pattern: RegExp): readonly string[] {
  return read(file)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
}

function target(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  return posix.normalize(posix.join(dirname(file), specifier))
}

function walk(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = relative(ROOT, join(ROOT, folder, name))
    if (LEFT_OUT.test(path) || GENERATED.test(path)) return []
    return statSync(join(ROOT, path)).isDirectory() ? walk(path) : [path]
  })
}
