import { describe, expect, it } from 'vitest'
import { BOUNDARIES, PACKAGES } from './boundaries.ts'
import { FILES, folderOf, IMPORTS, linesMatching, SOURCES, type Import } from './repository.ts'

const inner = IMPORTS.filter(({ to }) => FILES.includes(to))
const outer = IMPORTS.filter(({ to }) => !FILES.includes(to))

describe('imports', () => {
  it('lead to files that exist, or to packages', () => {
    expect(outer.filter(({ to }) => /[./]tsx?$|^\w+\/.*\.tsx?$/.test(to))).toEqual([])
  })

  it('cross folders only where the table says so', () => {
    const crossings = inner.filter(({ file, to }) => {
      const allowed = BOUNDARIES[folderOf(file)]
      return (
        allowed !== undefined && folderOf(to) !== folderOf(file) && !allowed.includes(folderOf(to))
      )
    })
    expect(crossings).toEqual([])
  })

  it('bring packages only where the table says so', () => {
    const strangers = outer.filter(({ file, to }) => {
      const allowed = PACKAGES[folderOf(file)]
      return allowed !== undefined && !allowed.includes(packageOf(to))
    })
    expect(strangers).toEqual([])
  })

  it('take Hono into HTTP alone, and into what HTTP is measured against', () => {
    // Beside those who call it from an application of Hono's.
    const callers = /^(bench\/workers|sdk|examples|test)\//
    const files = filesImporting('hono').filter((file) => !callers.test(file))
    expect(files).toEqual(['worker/app.ts', 'worker/router.ts'])
  })

  it('take its templates into pages', () => {
    const pages = /^(test\/)?worker\/(page|payments|portal)\/[^/]*(page|shell)[^/]*$/
    expect(filesImporting('hono/html').filter((file) => !pages.test(file))).toEqual([])
  })

  it('take Node into the command of the client alone: the rest runs anywhere', () => {
    const files = outer.filter(({ file, to }) => file.startsWith('sdk/') && to.startsWith('node:'))
    const commanding = /^sdk\/(command|features\/[^/]+)\.ts$/
    expect(files.filter(({ file }) => !commanding.test(file))).toEqual([])
  })

  it('take only types of the wire into the dashboard, which is a client like any other', () => {
    const taken = SOURCES.filter((file) => file.startsWith('dashboard/')).flatMap((file) =>
      linesMatching(file, /^(import|export) (?!type ).*from '(\.\.\/)+schema\//),
    )
    expect(taken).toEqual([])
  })

  it('leave no source file out', () => {
    const used = reachable(SOURCES.filter(isEntry))
    expect(SOURCES.filter((file) => !used.has(file))).toEqual([])
  })
})

/** A part of Hono that is no HTTP: it writes markup. */
const TEMPLATES = 'hono/html'

function filesImporting(name: string): readonly string[] {
  const importing = outer.filter(({ to }) => (to === TEMPLATES ? to : packageOf(to)) === name)
  return [...new Set(importing.map(({ file }) => file))]
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

/** What something other than an import starts: Cloudflare, npm, vitest, drizzle-kit, a command line. */
function isEntry(file: string): boolean {
  return (
    file === 'worker/index.ts' ||
    file === 'test/support/worker.ts' ||
    file === 'test/support/caller.ts' ||
    file === 'scripts/dev/guard.mjs' ||
    file === 'test/scripts/consumer.ts' ||
    /^(scripts|bench|bench\/workers)\/[^/]+\.(mjs|ts)$/.test(file) ||
    /^schema\/tables\/[^/]+\.ts$/.test(file) ||
    /^((sdk|dashboard)\/)?[^/]+\.config\.ts$/.test(file) ||
    file === 'dashboard/main.tsx' ||
    // The package's subpaths, and what people copy.
    /^sdk\/[^/]+\.tsx?$/.test(file) ||
    // Pages, for which tests have a bundler.
    /^test\/support\/[^/]+\.tsx$/.test(file) ||
    file.startsWith('examples/') ||
    file.startsWith('public/') ||
    /\.(test\.ts|d\.ts)$/.test(file)
  )
}

function reachable(entries: readonly string[]): ReadonlySet<string> {
  const importsOf = Map.groupBy(inner, ({ file }: Import) => file)
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const { to } of importsOf.get(file) ?? []) visit(to)
  }
  entries.forEach(visit)
  return seen
}
