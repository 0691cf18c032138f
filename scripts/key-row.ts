import { hashKey, type Role, type Scope } from '../schema/keys.ts'
import { ID_RANDOM_BYTES, newId } from '../schema/ids.ts'

/** A secret key that is about to be made known to D1. */
export interface NewKey {
  /** Its text; only the digest is stored. */
  readonly key: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Null: a program's key. */
  readonly role?: Role | null
  readonly expiresAt: number | null
}

/**
 * The statements that make D1 accept a key: its row and the audit log's. Run again they change nothing.
 *
 * For the first key of a deployment, which no key could ask the service for.
 */
export async function keyStatements(key: NewKey, now: number): Promise<string> {
  const id = newId('key', now, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))
  const hash = await hashKey(key.key)
  const scopes = JSON.stringify(key.scopes)
  const after = JSON.stringify({ id, name: key.name, scopes: key.scopes, role: key.role ?? null })
  return [
    `INSERT OR IGNORE INTO changes (subject, previous, revision, actor, action, resource, request_id, before, after, at)`,
    `SELECT ${row(`key:${id}`, 0, now, 'system:keys', 'create', `key:${id}`, id, null, after, now)}`,
    `WHERE NOT EXISTS (SELECT 1 FROM keys WHERE hash = ${literal(hash)});`,
    `INSERT OR IGNORE INTO keys (id, hash, name, scopes, role, last_four, created_at, expires_at)`,
    `VALUES (${row(id, hash, key.name, scopes, key.role ?? null, key.key.slice(-4), now, key.expiresAt)});`,
  ].join('\n')
}

function row(...values: readonly (string | number | null)[]): string {
  return values.map(literal).join(', ')
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL'
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}
