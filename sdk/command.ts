#!/usr/bin/env node
/** `npx @sluice/sdk features`: writes the ids of a catalogue's features as TypeScript. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { featuresFrom, featuresOf } from './features/catalogue.ts'
import { sourceOf } from './features/source.ts'

const USAGE = `Writes the ids of a catalogue's features as TypeScript.

  npx @sluice/sdk features [options] > sluice-features.ts

  --url <url>      where Sluice runs (or SLUICE_URL)
  --key <key>      a secret key that may read (or SLUICE_KEY)
  --file <file>    a catalogue or a seed in a file, instead of a service
  --out <file>     where to write, instead of to the terminal
  --check <file>   fails where that file is not what would be written
`

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  file: { type: 'string' },
  out: { type: 'string' },
  check: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs it, and says how it went. */
async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  })
  if (values.help === true || positionals.join(' ') !== 'features') {
    process.stderr.write(USAGE)
    return values.help === true ? 0 : 2
  }
  const { file, out, check } = values
  const source = sourceOf(await (file === undefined ? fromService(values) : featuresFrom(file)))
  if (check !== undefined) return checked(check, source)
  if (out === undefined) process.stdout.write(source)
  else await writeFile(out, source)
  return 0
}

function fromService({
  url,
  key,
}: {
  readonly url?: string | undefined
  readonly key?: string | undefined
}) {
  const { SLUICE_URL, SLUICE_KEY } = process.env
  const [where, secret] = [url ?? SLUICE_URL, key ?? SLUICE_KEY]
  if (where === undefined || secret === undefined)
    throw new Error(`Where is the catalogue?\n\n${USAGE}`)
  return featuresOf(where, secret)
}

async function checked(file: string, source: string): Promise<number> {
  const isCurrent = (await readFile(file, 'utf8').catch(() => '')) === source
  if (!isCurrent) process.stderr.write(`${file} is not what the catalogue says: write it again.\n`)
  return isCurrent ? 0 : 1
}

process.exitCode = await run(process.argv.slice(2)).catch((thrown: unknown) => {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  return 1
})
