/**
 * `npm run keys -- create --env sandbox --name "CI" --scopes read,usage`: makes a secret key, stores its digest in
 * that environment's D1 and prints the key, once. The first key of a deployment is made this way; further ones by
 * `POST /v1/keys`.
 */
import { parseArgs } from 'node:util'
import {
  makeSecretKey,
  type Role,
  ROLES,
  SCOPES,
  SECRET_RANDOM_BYTES,
  type Scope,
} from '../schema/keys.ts'
import { command, Refusal } from './dev/refusal.ts'
import { wrangler } from './dev/wrangler.ts'
import { keyStatements } from './key-row.ts'

const USAGE = `npm run keys -- create --env local|sandbox|production --name NAME [--scopes read,usage,manage]
                       [--role viewer|support|catalogue|admin, for a person of the dashboard]
                       [--expires-in-days N] [--persist-to DIR, with --env local]`

const ENVIRONMENTS = ['local', 'sandbox', 'production'] as const

await command(async () => {
  const order = orderFrom(process.argv.slice(2))
  const key = makeSecretKey(
    order.env === 'production' ? 'production' : 'sandbox',
    crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)),
  )
  const sql = await keyStatements({ ...order, key }, Date.now())
  store(order, sql)
  console.error(
    `Made for ${order.env} with scopes ${order.scopes.join(', ')}. It is shown this once:`,
  )
  console.log(key)
})

/** A database that was never migrated has no place for keys: says what makes one. */
function store({ env, target }: ReturnType<typeof orderFrom>, sql: string): void {
  try {
    wrangler('d1', 'execute', 'DB', ...target, '--yes', '--command', sql)
  } catch (error) {
    if (!(error instanceof Refusal) || !error.message.includes('no such table')) throw error
    const first =
      env === 'local'
        ? 'Start `npm run dev` once: it makes the database, and a key of its own.'
        : `Migrate it first: npx wrangler d1 migrations apply DB --env ${env} --remote`
    throw new Refusal(`The database of ${env} is empty. ${first}`)
  }
}

function orderFrom(args: readonly string[]) {
  const { positionals, values } = parse(args)
  if (positionals.join() !== 'create' || !values.env || !values.name) throw new Refusal(USAGE)
  const env = environmentFrom(values.env)
  return {
    env,
    name: values.name,
    ...rightsFrom(values.scopes, values.role),
    expiresAt: expiryFrom(values['expires-in-days']),
    target:
      env === 'local'
        ? ['--local', '--persist-to', values['persist-to']]
        : ['--env', env, '--remote'],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        name: { type: 'string' },
        scopes: { type: 'string', default: SCOPES.join(',') },
        role: { type: 'string' },
        'expires-in-days': { type: 'string' },
        'persist-to': { type: 'string', default: '.wrangler/state' },
      },
    })
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}

function environmentFrom(text: string): (typeof ENVIRONMENTS)[number] {
  const env = ENVIRONMENTS.find((name) => name === text)
  if (env === undefined) throw new Refusal(`--env ${text}: known are ${ENVIRONMENTS.join(', ')}.`)
  return env
}

function rightsFrom(scopeText: string, roleText: string | undefined) {
  const scopes = scopesFrom(scopeText)
  const role = roleText === undefined ? null : roleFrom(roleText)
  if (role !== null && !scopes.includes('manage'))
    throw new Refusal(`--role ${role}: needs the scope manage, which the role then narrows.`)
  return { scopes, role }
}

function roleFrom(text: string): Role {
  const role = ROLES.find((known) => known === text)
  if (role === undefined) throw new Refusal(`--role ${text}: known are ${ROLES.join(', ')}.`)
  return role
}

function scopesFrom(text: string): readonly Scope[] {
  return text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim())
    if (scope === undefined) throw new Refusal(`--scopes ${word}: known are ${SCOPES.join(', ')}.`)
    return scope
  })
}

function expiryFrom(text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new Refusal(`--expires-in-days ${text}: a whole number of days, at least 1.`)
  return Date.now() + Number(text) * 86_400_000
}
