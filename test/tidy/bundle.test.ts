import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
let meta: Metafile = { inputs: {} }

beforeAll(() => {
  const file = join(folder, 'meta.json')
  // As a person's shell has it; wrangler would build for the tests otherwise.
  vi.stubEnv('NODE_ENV', undefined)
  wrangler('deploy', '--dry-run', '--env=', '--outdir', folder, '--minify', '--metafile', file)
  vi.unstubAllEnvs()
  meta = JSON.parse(readFileSync(file, 'utf8'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the bundle', () => {
  it('starts without drizzle and zod: a check, a consume and the object never load them', () => {
    const started = [...startedBy('worker/index.ts')]
    expect(started).toContain('durable-objects/customer-object.ts')
    expect(started.filter((input) => /node_modules\/(drizzle-orm|zod)\//.test(input))).toEqual([])
  })

  it('has the control plane, loaded when it is needed', () => {
    const inputs = Object.keys(meta.inputs)
    expect(inputs.some((input) => input.includes('node_modules/zod/'))).toBe(true)
  })

  it('leaves the page of local development at home', () => {
    expect(Object.keys(meta.inputs)).not.toContain('worker/page/local.ts')
    expect(readdirSync(folder).filter((file) => file.endsWith('.html'))).toEqual([])
  })

  // Cloudflare's own bound is megabytes: this one is there so that growth is noticed and meant.
  it('is at most 160 KB compressed', () => {
    const size = gzipSync(readFileSync(join(folder, 'index.js'))).length
    expect(size).toBeLessThanOrEqual(160_000)
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
