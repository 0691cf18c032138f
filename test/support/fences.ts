/** What pages show to be copied. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export interface Fence {
  readonly language: string
  readonly code: string
  /** What a comment right above it says; empty where there is none. */
  readonly note: string
}

/** The fences of a page, from its first to its last. */
export function fencesOf(page: string): readonly Fence[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(/(?:<!-- (.*?) -->\n)?^```(\w+)\n(.*?)^```$/gms)].map(
    ([, note = '', language = '', code = '']) => ({ language, code, note }),
  )
}

/** Makes the Worker that a page shows to call over a service binding: its configuration and its code, as they stand. */
export function shownWorker(page: string, name: string): { readonly configPath: string } {
  const fences = fencesOf(page)
  const bound = fences.find(
    ({ language, code }) => language === 'toml' && code.includes('"Sluice"'),
  )
  const calling = fences.find(
    ({ language, code }) => /^[jt]s$/.test(language) && code.includes('env.SLUICE.'),
  )
  if (bound === undefined || calling === undefined) throw new Error(`${page} shows no binding.`)
  const folder = join(mkdtempSync(join(tmpdir(), 'sluice-shown-')), name)
  mkdirSync(folder)
  const main = `index.${calling.language}`
  writeFileSync(join(folder, main), calling.code)
  // The name that Sluice has where it runs for a test.
  const services = bound.code.replace('"sluice-production"', '"sluice"')
  const own = `name = "${name}"\nmain = "${main}"\ncompatibility_date = "2026-11-01"\n`
  writeFileSync(join(folder, 'wrangler.toml'), own + services)
  return { configPath: join(folder, 'wrangler.toml') }
}
