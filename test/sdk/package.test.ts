/** The package as npm would have it: packed, unpacked beside its peers, and used by those who will. */
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { publint } from 'publint'
import { build as pack } from 'tsdown'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wrangler } from '../../scripts/dev/wrangler.ts'
import { read, ROOT } from '../tidy/repository.ts'

const run = promisify(execFile)
const SDK = join(ROOT, 'sdk')
const MODULES = join(ROOT, 'node_modules')

const { exports: entries, peerDependencies } = JSON.parse(
  readFileSync(join(SDK, 'package.json'), 'utf8'),
)
const peers = Object.keys(peerDependencies)
/** `@sluice/sdk`, `@sluice/sdk/react` and so on. */
const subpaths = Object.keys(entries)
  .filter((path) => path !== './package.json')
  .map((path) => join('@sluice/sdk', path))

/** What an application gets for its bytes; more than this is to be meant. Minified and compressed, without peers. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  '@sluice/sdk': 4_096,
  '@sluice/sdk/local': 14_336,
  '@sluice/sdk/testing': 20_480,
  '@sluice/sdk/live': 3_584,
  '@sluice/sdk/manage': 1_536,
  '@sluice/sdk/react': 2_816,
  '@sluice/sdk/react/server': 256,
  '@sluice/sdk/middleware': 2_048,
  '@sluice/sdk/hono': 2_048,
  '@sluice/sdk/openfeature': 2_048,
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-package-'))
/** An application that has installed it. */
const app = join(folder, 'app')
let tarball = ''

beforeAll(async () => {
  const published = join(folder, 'package')
  const config = join(SDK, 'tsdown.config.ts')
  await pack({ cwd: SDK, config, outDir: join(published, 'dist'), logLevel: 'error' })
  for (const file of ['package.json', 'LICENSE', 'README.md'])
    if (existsSync(join(SDK, file))) cpSync(join(SDK, file), join(published, file))
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: published })
  tarball = join(folder, String(readdirSync(folder).find((file) => file.endsWith('.tgz'))))
  const installed = join(app, 'node_modules/@sluice/sdk')
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed])
  for (const peer of [...peers, '@openfeature/core', '@types', 'csstype', 'undici-types']) {
    mkdirSync(dirname(join(app, 'node_modules', peer)), { recursive: true })
    symlinkSync(join(MODULES, peer), join(app, 'node_modules', peer), 'junction')
  }
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true }))

it('states a size for every subpath', () => {
  expect(subpaths.filter((path) => MOST_BYTES[path] === undefined)).toEqual([])
})

it('needs nothing but the peers that a subpath is for', () => {
  const packed = JSON.parse(
    readFileSync(join(app, 'node_modules/@sluice/sdk/package.json'), 'utf8'),
  )
  expect(packed.dependencies).toBeUndefined()
  expect(Object.keys(packed.peerDependenciesMeta).toSorted()).toEqual(peers.toSorted())
})

it('carries the licence', () => {
  expect(readFileSync(join(app, 'node_modules/@sluice/sdk/LICENSE'), 'utf8')).toBe(
    readFileSync(join(ROOT, 'LICENSE'), 'utf8'),
  )
})

it('is as publint wants it', async () => {
  const { buffer } = new Uint8Array(readFileSync(tarball))
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true })
  expect(messages).toEqual([])
})

it('has types that resolve for every subpath, as attw sees it', async () => {
  const { stdout } = await run(process.execPath, [
    join(MODULES, '@arethetypeswrong/cli/dist/index.js'),
    tarball,
    '--profile=esm-only',
    '--format=json',
  ])
  const { analysis } = JSON.parse(stdout)
  expect(Object.keys(analysis.entrypoints)).toHaveLength(subpaths.length + 1)
  // What knows no `exports` or no modules is told that there is nothing for it.
  const old = new Set(['node10', 'node16-cjs'])
  const problems: readonly { readonly resolutionKind?: string }[] = analysis.problems
  expect(problems.filter(({ resolutionKind = '' }) => !old.has(resolutionKind))).toEqual([])
})

it('compiles in an application that checks its libraries too, and knows which features there are', async () => {
  const all = subpaths.map((path, at) => `export * as all${at} from '${path}'`).join('\n')
  writeFileSync(
    join(app, 'types.ts'),
    `${all}
     import { Sluice } from '@sluice/sdk'
     import { createSluiceReact } from '@sluice/sdk/react'
     type Known = 'sso' | 'api-calls'
     const { useEntitlement, useConsume, Gate, SluiceProvider } = createSluiceReact<Known>()
     type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? 'same' : 'other'
     export const ids: [
       Same<Parameters<typeof useEntitlement>[0], Known>,
       Same<Parameters<typeof useConsume>[0], Known>,
       Same<Parameters<typeof Gate>[0]['feature'], Known>,
       Same<Parameters<Sluice<Known>['check']>[0]['featureId'], Known>,
     ] = ['same', 'same', 'same', 'same']
     export const provider = (client: Sluice<Known>) => SluiceProvider({ client, customerId: 'acme' })`,
  )
  expect(await compiled(['types.ts'], 'nodenext')).toBe('')
})

it('compiles as the pages about it show', async () => {
  const files = ['react', 'middleware', 'openfeature'].flatMap((page) => {
    const fences = [...read(`docs/${page}.md`).matchAll(/^```tsx?\n([\s\S]*?)^```/gm)]
    const names = page === 'react' ? ['sluice', 'search', 'page'] : fences.map((_, at) => page + at)
    return fences.map(([, code = ''], at) => [`${names[at]}.tsx`, code] as const)
  })
  expect(files).toHaveLength(6)
  for (const [file, code] of files) writeFileSync(join(app, file), code)
  expect(await compiled([...files.map(([file]) => file), '--jsx', 'react-jsx'], 'bundler')).toBe('')
})

/** What the compiler complains of. */
async function compiled(asked: readonly string[], resolution: 'nodenext' | 'bundler') {
  const compiler = join(MODULES, 'typescript/bin/tsc')
  const module = resolution === 'bundler' ? 'esnext' : resolution
  const options = `--noEmit --strict --target es2022 --lib es2022,dom,dom.iterable --types node`
  const modules = `--module ${module} --moduleResolution ${resolution} ${options}`.split(' ')
  return run(process.execPath, [compiler, ...modules, ...asked], { cwd: app }).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}

it('writes a catalogue’s features by its command', async () => {
  const { bin } = JSON.parse(
    readFileSync(join(app, 'node_modules/@sluice/sdk/package.json'), 'utf8'),
  )
  const command = join(app, 'node_modules/@sluice/sdk', bin.sluice)
  const seed = join(ROOT, 'scripts/demo.json')
  const { stdout } = await run(process.execPath, [command, 'features', '--file', seed])
  expect(stdout).toContain("  'api-calls': { type: 'meter' },")
})

it('runs in Node, and asks there', async () => {
  writeFileSync(
    join(app, 'app.js'),
    `import { createElement } from 'react'
     import { Sluice } from '@sluice/sdk'
     import { requireFeature } from '@sluice/sdk/middleware'
     ${subpaths.map((path) => `await import('${path}')`).join('\n')}
     const sluice = new Sluice({ url: 'http://127.0.0.1:1', key: 'k', retries: 0 })
     const guard = requireFeature(sluice, 'sso', { customer: () => 'acme' })
     const response = await guard(new Request('http://app.test'), () => new Response())
     console.log(response.status, response.headers.get('Sluice-Outage'), typeof createElement)`,
  )
  const { stdout, stderr } = await run(process.execPath, ['app.js'], { cwd: app })
  expect([stdout, stderr]).toEqual(['503 denied function\n', ''])
})

it('runs in a Worker that wrangler has bundled', async () => {
  writeFileSync(
    join(app, 'worker.js'),
    `import { Hono } from 'hono'
     import { Sluice } from '@sluice/sdk'
     import { meter } from '@sluice/sdk/hono'
     const told = { consumed: false, entitlement: { featureId: 'api-calls', reason: 'limit_reached', limit: 1 } }
     const fetch = async () => Response.json(told)
     const sluice = () => new Sluice({ url: 'https://sluice.test', key: 'k', fetch })
     export default new Hono().get('/', meter(sluice, 'api-calls', { customer: () => 'acme' }))`,
  )
  const config = join(app, 'wrangler.toml')
  writeFileSync(config, `name = "app"\nmain = "worker.js"\ncompatibility_date = "2026-11-01"`)
  const built = join(folder, 'built')
  wrangler('deploy', '--dry-run', '--outdir', built, '--config', config)
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: readFileSync(join(built, 'worker.js'), 'utf8'),
      compatibilityDate: '2026-11-01',
      cf: false,
    }),
  )
  try {
    const response = await worker.dispatchFetch('https://app.test/')
    expect([response.status, await response.json()]).toMatchObject([402, { limit: 1 }])
  } finally {
    await worker.dispose()
  }
})

describe('in a bundle', () => {
  it.each(subpaths)('%s has a size that is meant', async (path) => {
    const bytes = gzipSync(await bundled(`export * from '${path}'`)).length
    console.log(`${path}: ${bytes} bytes`)
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES[path] ?? 0)
  })

  it.each(subpaths)('%s is nothing where nothing of it is used', async (path) => {
    expect(await bundled(`import '${path}'`)).toBe('')
  })

  it('one subpath does not bring the others', async () => {
    expect(await bundled(`export * from '@sluice/sdk/middleware'`)).not.toMatch(
      /hono|react|openfeature/,
    )
    const client = await bundled(`export { SluiceError } from '@sluice/sdk'`)
    expect(client).toContain('SluiceError')
    expect(client.length).toBeLessThan(600)
  })

  it('says to React’s servers what is for browsers', () => {
    const dist = join(app, 'node_modules/@sluice/sdk/dist')
    const isForBrowsers = (file: string) =>
      /^['"]use client['"]/.test(readFileSync(join(dist, file), 'utf8'))
    expect(isForBrowsers('react.js')).toBe(true)
    expect(isForBrowsers('react-server.js')).toBe(false)
  })
})

/** What an application ships of this, beside the peers. */
async function bundled(code: string): Promise<string> {
  const entry = join(app, 'entry.js')
  writeFileSync(entry, code)
  const result = await build({
    root: app,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      modulePreload: false,
      target: 'es2022',
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'strict',
        external: (id) => peers.some((peer) => id === peer || id.startsWith(`${peer}/`)),
      },
    },
  })
  const [output] = Array.isArray(result) ? result : [result]
  if (output === undefined || !('output' in output)) throw new Error('Nothing was built.')
  return output.output
    .map((chunk) => ('code' in chunk ? chunk.code : ''))
    .join('')
    .trim()
}
