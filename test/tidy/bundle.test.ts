import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { wrangler } from '../../scripts/dev/wrangler.ts'

interface Metafile {
  readonly inputs: Readonly<
    Record<
      string,
      { readonly imports: readonly { readonly path: string; readonly kind: string }[] }
    >
  >
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-bundle-'))
/** The same, with an empty file in the place of Stripe's package: what is ours to keep small. */
const lean = join(folder, 'lean')
let meta: Metafile = { inputs: {} }

beforeAll(() => {
  const file = join(folder, 'meta.json')
  // As a person's shell has it; wrangler would build for the tests otherwise.
  vi.stubEnv('NODE_ENV', undefined)
  const build = ['deploy', '--dry-run', '--env=', '--minify', '--outdir']
  const nothing = join(folder, 'nothing.mjs')
  writeFileSync(nothing, 'export default {}')
  wrangler(...build, folder, '--metafile', file)
  wrangler(...build, lean, '--alias', `stripe:${nothing}`)
  vi.unstubAllEnvs()
  meta = JSON.parse(readFileSync(file, 'utf8'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the bundle', () => {
  it('starts without drizzle, zod and Stripe: a check, a consume and the object never load them', () => {
    const started = [...startedBy('worker/index.ts')]
    expect(started).toContain('durable-objects/customer-object.ts')
    const late = /node_modules\/(drizzle-orm|zod|stripe)\//
    expect(started.filter((input) => late.test(input))).toEqual([])
  })

  it('starts without what signs people in', () => {
    const people = /^worker\/(session|cloudflare-access\/\w+)\.ts$/
    const started = [...startedBy('worker/index.ts')]
    expect(Object.keys(meta.inputs).filter((input) => people.test(input)).length).toBeGreaterThan(4)
    expect(started.filter((input) => people.test(input))).toEqual([])
  })

  it('answers Kelviq’s entitlements without drizzle and zod too', () => {
    const spoken = [...startedBy('worker/kelviq/protocol.ts')]
    expect(spoken).toContain('worker/kelviq/entitlements.ts')
    expect(
      spoken.filter((input) => /node_modules\/(drizzle-orm|zod|stripe)\//.test(input)),
    ).toEqual([])
  })

  it('has the control plane, loaded when it is needed', () => {
    const inputs = Object.keys(meta.inputs)
    expect(inputs.some((input) => input.includes('node_modules/zod/'))).toBe(true)
  })

  it('leaves the page of local development at home', () => {
    expect(Object.keys(meta.inputs)).not.toContain('worker/page/local.ts')
    expect(readdirSync(folder).filter((file) => file.endsWith('.html'))).toEqual([])
  })

  it('loads Stripe’s package in one place, when Stripe is to be reached', () => {
    const importers = Object.entries(meta.inputs).flatMap(([input, { imports }]) =>
      input.includes('node_modules/')
        ? []
        : imports
            .filter(({ path }) => path.includes('node_modules/stripe/'))
            .map(({ kind }) => [input, kind]),
    )
    expect(importers).toEqual([['worker/payments/stripe-client.ts', 'dynamic-import']])
  })

  // Cloudflare's own bound is megabytes: this one is there so that growth is noticed and meant.
  it('is at most 225 KB compressed, without Stripe’s package, and that no more than 40 KB', () => {
    const sizeOf = (at: string) => gzipSync(readFileSync(join(at, 'index.js'))).length
    const own = sizeOf(lean)
    expect(own).toBeLessThanOrEqual(225_000)
    expect(sizeOf(folder) - own).toBeLessThanOrEqual(40_000)
  })
})

/** Everything that runs before the first request: what static imports reach. */
function startedBy(entry: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const visit = (input: string): void => {
    if (seen.has(input)) return
    seen.add(input)
    for (const { path, kind } of meta.inputs[input]?.imports ?? [])
      if (kind !== 'dynamic-import') visit(path)
  }
  visit(entry)
  return seen
}
