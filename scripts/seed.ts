/** `npm run seed -- --file demo.json --url http://127.0.0.1:8787 --key sluice_sk_…`: loads a seed file. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { command, Refusal } from './dev/refusal.ts'
import { seedDocument } from './seed/document.ts'
import { load } from './seed/load.ts'

const USAGE = `npm run seed -- --file FILE --url URL [--key KEY]

  --file  the body of PUT /v1/catalogue plus "customers" (scripts/demo.json is one)
  --url   where Sluice answers, e.g. http://127.0.0.1:8787
  --key   a secret key with the scopes manage and usage; else SLUICE_KEY from the environment`

await command(async () => {
  const { file, url, key } = options(process.argv.slice(2))
  const document = seedDocument(textOf(file))
  await load(document, { url, key, now: Date.now() })
  console.log(`Loaded ${file}: ${document.customers.length} customers.`)
})

function options(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        file: { type: 'string' },
        url: { type: 'string' },
        key: { type: 'string', default: process.env['SLUICE_KEY'] ?? '' },
      },
    })
    const { file, url, key } = values
    if (file !== undefined && url !== undefined && key !== '') return { file, url, key }
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
  throw new Refusal(USAGE)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Refusal(`${file} cannot be read.`)
  }
}
