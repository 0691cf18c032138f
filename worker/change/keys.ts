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
import { commit, type Committing, revisionAfter, untilCommitted } from './commit.ts'
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
  return untilCommitted(async () => {
    const row = await database(call.ports.db).select().from(keys).where(eq(keys.id, keyId)).get()
    if (row === undefined) return err({ code: 'key_not_found', keyId })
    const revoked = { ...row, revokedAt: row.revokedAt ?? call.now }
    if (row.revokedAt === null && (await commitRevocation(call, row, revoked)) === 'lost') {
      return 'lost'
    }
    const propagation = await announce(call, revoked)
    return ok({ body: { ...keyView(revoked, call.environment), propagation } })
  })
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

async function makeKey(call: KeyEditing, input: KeyInput, keeper: Keeper): Promise<Outcome> {
  const { ports, environment, now } = call
  const { expiresAt = null } = input
  if (expiresAt !== null && expiresAt <= now) return invalid('/expiresAt', 'an instant to come')
  const key = makeSecretKey(keyEnvironment(environment), ports.random.bytes(SECRET_RANDOM_BYTES))
  const row: KeyRow = {
    id: newId('key', now, ports.random.bytes(ID_RANDOM_BYTES)),
    hash: await hashKey(key),
    name: input.name,
    scopes: input.scopes,
    role: null,
    lastFour: key.slice(-4),
    createdAt: now,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  }
  const view = keyView(row, environment)
  const statements = [
    database(ports.db).insert(keys).values(row),
    ...keeper.statements({ status: 201, body: { ...view, propagation: 'done' } }),
  ]
  const entry = { action: 'keys.create', resource: `keys/${row.id}`, before: null, after: view }
  const subject = `key:${row.id}`
  await commit(call, { ...entry, subject, previous: 0, revision: now, statements })
  // A copy that KV did not take costs the first request a look into D1, no more.
  await announce(call, row)
  return ok({ status: 201, body: { ...view, key, propagation: 'done' } })
}

function commitRevocation(call: KeyEditing, before: KeyRow, after: KeyRow) {
  return commit(call, {
    subject: `key:${before.id}`,
    previous: before.createdAt,
    revision: revisionAfter(before.createdAt, call.now),
    action: 'keys.revoke',
    resource: `keys/${before.id}`,
    before: keyView(before, call.environment),
    after: keyView(after, call.environment),
    statements: [
      database(call.ports.db)
        .update(keys)
        .set({ revokedAt: after.revokedAt })
        .where(eq(keys.id, before.id)),
    ],
  })
}

/** Tells the edge. */
async function announce(call: KeyEditing, row: KeyRow): Promise<Propagation> {
  const { hash, id, scopes, role, expiresAt, revokedAt } = row
  const environment = keyEnvironment(call.environment)
  const record = { id, scopes, role, environment, expiresAt, revokedAt }
  const put = await attempt(call, 'kv', KV_LIMIT_MS, () => publishKey(call.ports.kv, hash, record))
  return put.ok ? 'done' : 'pending'
}

function text(at: number): string
function text(at: number | null): string | null
function text(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
