/**
 * Has miniflare make a configuration of workerd, and keeps it: `node bench/freeze.ts <folder> <built> <key> <Worker>…`.
 *
 * Miniflare puts real KV, D1 and objects behind the bindings, but also itself in front of every request, at three
 * times the cost of a check. What it hands to workerd is all that is needed, so a stand-in for the program keeps
 * that before it becomes workerd. Migrations are taken while miniflare is there.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { keyStatements } from '../scripts/key-row.ts'
import { ROOT } from '../scripts/install.mjs'
import { SCOPES } from '../schema/keys.ts'
import { modulesOf, PROCESSES, type WorkerName } from './workers.ts'

const COMPATIBILITY_DATE = '2026-11-01'
const MIGRATIONS = join(ROOT, 'schema/migrations')

const [folder = '', built = '', key = '', ...wanted] = process.argv.slice(2)
const names = PROCESSES.flat().filter((name) => wanted.includes(name))

process.env['MINIFLARE_WORKERD_PATH'] = standIn()
const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({
    cf: false,
    logRequests: false,
    workers: names.map((name) => ({
      name,
      modulesRoot: join(built, name),
      modules: [...modulesOf(built, name)],
      compatibilityDate: COMPATIBILITY_DATE,
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      ...bindingsOf(name),
    })),
  }),
  resourcePersistencePath: join(folder, 'data'),
})
await miniflare.ready
for (const name of ['sluice', 'counting'] as const) if (names.includes(name)) await prepare(name)
const [passing = ''] = readdirSync(tmpdir())
await miniflare.dispose()
// Where miniflare would keep mail that is sent; it takes the folder away, and workerd wants it to be there.
mkdirSync(join(tmpdir(), passing, 'email-store'), { recursive: true })

/** A program that keeps what it is told, then is workerd. */
function standIn(): string {
  const workerd: string = createRequire(import.meta.resolve('miniflare'))('workerd').default
  const program = join(folder, 'workerd.sh')
  const config = join(folder, 'config.bin')
  writeFileSync(program, `#!/bin/sh\ncat >'${config}'\nexec '${workerd}' "$@" <'${config}'\n`)
  chmodSync(program, 0o755)
  writeFileSync(join(folder, 'workerd.path'), workerd)
  mkdirSync(join(folder, 'data'), { recursive: true })
  return program
}

function bindingsOf(name: WorkerName) {
  const bindings = { ENVIRONMENT: 'local', GRACE_DAYS: '7' }
  const objects = { className: 'CustomerObject', useSQLite: true }
  switch (name) {
    case 'lines':
    case 'constant':
      return {}
    case 'stores':
      return {
        kvNamespaces: { KV: 'kv' },
        durableObjects: { FLOORS: { className: 'FloorObject', useSQLite: true } },
      }
    case 'sluice':
      return {
        bindings,
        kvNamespaces: { KV: 'kv' },
        d1Databases: { DB: 'db' },
        durableObjects: { CUSTOMERS: objects },
      }
    case 'forgetful':
      return {
        bindings,
        kvNamespaces: { KV: 'kv' },
        d1Databases: { DB: 'db' },
        durableObjects: { CUSTOMERS: { ...objects, scriptName: 'sluice' } },
      }
    case 'counting':
      return {
        bindings,
        kvNamespaces: { KV: 'kv-counted' },
        d1Databases: { DB: 'db-counted' },
        durableObjects: { CUSTOMERS: objects },
      }
  }
}

async function prepare(name: WorkerName): Promise<void> {
  const db = await miniflare.getD1Database('DB', name)
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql'))
  const migrations = files
    .toSorted()
    .flatMap((file) =>
      readFileSync(join(MIGRATIONS, file), 'utf8').split('--> statement-breakpoint'),
    )
  const row = await keyStatements(
    { key, name: 'Bench', scopes: SCOPES, expiresAt: null },
    Date.now(),
  )
  for (const statement of [...migrations, ...row.split(';\n')])
    if (statement.trim() !== '') await db.prepare(statement).run()
}
