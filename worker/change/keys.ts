/** Secret keys: making one, revoking one. The text of a key leaves once, in the answer that made it. */
import { and, desc, eq, lt, or } from 'drizzle-orm'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { hashKey, makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { keys } from '../../schema/tables/keys.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { KeyInput } from '../../schema/wire/key.ts'
import { type Asking, attempt } from '../attempt.ts'
import { keyEnvironment, publishKey } from '../key-record.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'
import type { Call, Environment, Outcome } from '../route.ts'
import { type Change, commit, type Committing, revisionAfter, untilCommitted } from './commit.ts'
import { database } from './database.ts'
import { type Keeper, type Keeping, once } from './idempotency.ts'
import { invalid } from './invalid.ts'
import type { Propagation } from './propagate.ts'

export type KeyRow = typeof keys.$inferSelect

/** What these use cases need of a call. */
export type KeyEditing = Committing & Asking & Keeping & Pick<Call, 'environment'>

const KV_LIMIT_MS = 3_000

/** Makes a key. Asked again with the same idempotency key, it answers without the key's text: that is not stored. */
export function createKey(call: KeyEditing, input: KeyInput): Promise<Outcome> {
  return once(call, (keeper) => makeKey(call, input, keeper))
}

/** Revokes a key, for good: at once where it manages, elsewhere when its copies have gone. */
export function revokeKey(call: KeyEditing, keyId: string): Promise<Outcome> {
  return untilCommitted(call, async () => {
    const row = await readKey(call, keyId)
    if (row === undefined) return err({ code: 'key_not_found', keyId })
    const revoked = row.revokedAt === null ? changedKey(call, row, { revokedAt: call.now }) : row
    if (revoked !== row && (await commit(call, keyChange(call, 'revoke', row, revoked))) === 'lost')
      return 'lost'
    const propagation = await announce(call, revoked)
    return ok({ body: { ...keyView(revoked, call.environment), propagation } })
  })
}

/** The key's row, whatever has become of the key. */
export function readKey({ ports }: KeyEditing, keyId: string): Promise<KeyRow | undefined> {
  return database(ports.db).select().from(keys).where(eq(keys.id, keyId)).get()
}

/** A key that has not been stored yet: its text and its row. */
export async function newKey(
  { ports, environment, now }: KeyEditing,
  fields: Pick<KeyRow, 'name' | 'scopes' | 'role' | 'expiresAt'>,
): Promise<{ readonly key: string; readonly row: KeyRow }> {
  const key = makeSecretKey(keyEnvironment(environment), ports.random.bytes(SECRET_RANDOM_BYTES))
  const { name, scopes, role, expiresAt } = fields
  const row = {
    id: newId('key', now, ports.random.bytes(ID_RANDOM_BYTES)),
    hash: await hashKey(key),
    name,
    scopes,
    role,
    lastFour: key.slice(-4),
    createdAt: now,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    changedAt: null,
  }
  return { key, row }
}

/** The key with other ends than before. */
export function changedKey(
  { now }: KeyEditing,
  row: KeyRow,
  ends: Partial<Pick<KeyRow, 'expiresAt' | 'revokedAt'>>,
): KeyRow {
  return { ...row, ...ends, changedAt: revisionAfter(revisionOf(row), now) }
}

/** What the log says of a new key. */
export function keyMade({ environment }: KeyEditing, row: KeyRow): Omit<Change, 'statements'> {
  return {
    subject: `key:${row.id}`,
    previous: 0,
    revision: row.createdAt,
    action: 'keys.create',
    resource: `keys/${row.id}`,
    before: null,
    after: keyView(row, environment),
  }
}

/** The change of a key's ends. */
export function keyChange(
  { ports, environment }: KeyEditing,
  verb: string,
  before: KeyRow,
  after: KeyRow,
): Change {
  const { id, expiresAt, revokedAt, changedAt } = after
  return {
    subject: `key:${id}`,
    previous: revisionOf(before),
    revision: revisionOf(after),
    action: `keys.${verb}`,
    resource: `keys/${id}`,
    before: keyView(before, environment),
    after: keyView(after, environment),
    statements: [
      database(ports.db)
        .update(keys)
        .set({ expiresAt, revokedAt, changedAt })
        .where(eq(keys.id, id)),
    ],
  }
}

/** Keys, newest first, revoked ones included. */
export function keyList({ db }: Ports): List<KeyRow> {
  return {
    name: 'keys',
    positionOf: (row) => [row.createdAt, row.id],
    read: (after, count) => {
      const [createdAt, id] = [Number(after?.[0]), String(after?.[1])]
      const older = or(
        lt(keys.createdAt, createdAt),
        and(eq(keys.createdAt, createdAt), lt(keys.id, id)),
      )
      return database(db)
        .select()
        .from(keys)
        .where(after === null ? undefined : older)
        .orderBy(desc(keys.createdAt), desc(keys.id))
        .limit(count)
    },
  }
}

/** A key as it is answered; never its text or its digest. */
export function keyView(row: KeyRow, environment: Environment) {
  const { id, name, scopes, role, lastFour } = row
  return {
    id,
    name,
    scopes,
    role,
    environment: keyEnvironment(environment),
    lastFour,
    createdAt: text(row.createdAt),
    expiresAt: text(row.expiresAt),
    lastUsedAt: text(row.lastUsedAt),
    revokedAt: text(row.revokedAt),
  }
}

/** Tells the edge. */
export async function announce(call: KeyEditing, row: KeyRow): Promise<Propagation> {
  const { hash, id, scopes, role, expiresAt, revokedAt } = row
  const environment = keyEnvironment(call.environment)
  const record = { id, scopes, role, environment, expiresAt, revokedAt }
  const put = await attempt(call, 'kv', KV_LIMIT_MS, () => publishKey(call.ports.kv, hash, record))
  return put.ok ? 'done' : 'pending'
}

async function makeKey(call: KeyEditing, input: KeyInput, keeper: Keeper): Promise<Outcome> {
  const { ports, environment, now } = call
  const { name, scopes, role = null, expiresAt = null } = input
  if (role !== null && !scopes.includes('manage')) {
    return invalid('/scopes', 'the scope manage with a role, which narrows what it may do')
  }
  if (expiresAt !== null && expiresAt <= now) return invalid('/expiresAt', 'an instant to come')
  const { key, row } = await newKey(call, { name, scopes, role, expiresAt })
  const view = keyView(row, environment)
  const statements = [
    database(ports.db).insert(keys).values(row),
    ...keeper.statements({ status: 201, body: { ...view, propagation: 'done' } }),
  ]
  await commit(call, { ...keyMade(call, row), statements })
  // A copy that KV did not take costs the first request a look into D1, no more.
  await announce(call, row)
  return ok({ status: 201, body: { ...view, key, propagation: 'done' } })
}

function revisionOf({ changedAt, createdAt }: KeyRow): number {
  return changedAt ?? createdAt
}

function text(at: number): string
function text(at: number | null): string | null
function text(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
