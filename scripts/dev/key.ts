import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeSecretKey, parseSecretKey, SCOPES, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { keyStatements } from '../key-row.ts'
import { wrangler } from './wrangler.ts'

/**
 * The secret key of a state folder: the given one, else the one that it keeps, else a new one.
 *
 * D1 knows its digest afterwards. The folder keeps the key itself, readable by its owner alone: it opens nothing
 * but this folder's data.
 */
export async function ensureKey(folder: string, given: string | null): Promise<string> {
  const file = join(folder, 'dev.key')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : null
  const key = given ?? (kept !== null && parseSecretKey(kept) !== null ? kept : newKey())
  if (key === kept) return key
  const sql = await keyStatements(
    { key, name: 'Local development', scopes: SCOPES, expiresAt: null },
    Date.now(),
  )
  wrangler('d1', 'execute', 'DB', '--local', '--persist-to', folder, '--yes', '--command', sql)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return key
}

function newKey(): string {
  return makeSecretKey('sandbox', crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
}
