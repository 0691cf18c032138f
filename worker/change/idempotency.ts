/** A request with an `Idempotency-Key` has one effect and one answer, however often it is sent. */
import { and, eq, lt } from 'drizzle-orm'
import { err, ok } from '../../entitlements/result.ts'
import { idempotency } from '../../schema/tables/changes.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import { database, type Statement } from './database.ts'

/** How long an answer is kept. */
export const IDEMPOTENCY_MS = 48 * 3_600_000

/** Says that the same key was used between looking and committing. Only `once` sees it. */
export class KeyTaken extends Error {}

/** What keeping an answer needs of a call. */
export type Keeping = Pick<Call, 'ports' | 'now' | 'idempotencyKey' | 'request' | 'body'>

/** How an answer is kept; without an idempotency key it is not. */
export interface Keeper {
  /** Statements for the batch of the effect, so that effect and answer are stored together. */
  readonly statements: (answer: Answer) => readonly Statement[]
  /** Puts a later form of the answer in the place of the one in the batch. */
  readonly replace: (answer: Answer) => Promise<void>
}

/** Does `work`, which keeps its answer, or answers what the same request was answered before. */
export async function once(
  call: Keeping,
  work: (keeper: Keeper) => Promise<Outcome>,
): Promise<Outcome> {
  const key = call.idempotencyKey
  if (key === null) return work({ statements: () => [], replace: async () => {} })
  const fingerprint = await fingerprintOf(call)
  const earlier = await replay(call, key, fingerprint)
  if (earlier !== null) return earlier
  try {
    const outcome = await work({
      statements: (answer) => keepStatements(call, key, fingerprint, answer),
      replace: (answer) => replaceAnswer(call, key, answer),
    })
    // What stands in its way may be its own effect: the same request, sent again before it was answered.
    return outcome.ok ? outcome : ((await replay(call, key, fingerprint)) ?? outcome)
  } catch (thrown) {
    if (!(thrown instanceof KeyTaken)) throw thrown
    return (await replay(call, key, fingerprint)) ?? err({ code: 'unavailable' })
  }
}

/** The stored answer, a refusal where the key belongs to another request, or null where it is new. */
async function replay(call: Keeping, key: string, fingerprint: string): Promise<Outcome | null> {
  const stored = await database(call.ports.db)
    .select()
    .from(idempotency)
    .where(eq(idempotency.key, key))
    .get()
  if (stored === undefined || stored.at < call.now - IDEMPOTENCY_MS) return null
  if (stored.fingerprint !== fingerprint) return err({ code: 'idempotency_key_reused', key })
  const { body, consistencyToken, etag }: Omit<Answer, 'status' | 'replayed'> = JSON.parse(
    stored.body,
  )
  return ok({
    status: stored.status,
    body,
    replayed: true,
    ...(consistencyToken === undefined ? {} : { consistencyToken }),
    ...(etag === undefined ? {} : { etag }),
  })
}

function keepStatements(
  { ports, now }: Keeping,
  key: string,
  fingerprint: string,
  answer: Answer,
): readonly Statement[] {
  const db = database(ports.db)
  const expired = and(eq(idempotency.key, key), lt(idempotency.at, now - IDEMPOTENCY_MS))
  const row = { key, fingerprint, status: answer.status ?? 200, body: packed(answer), at: now }
  return [db.delete(idempotency).where(expired), db.insert(idempotency).values(row)]
}

async function replaceAnswer({ ports }: Keeping, key: string, answer: Answer): Promise<void> {
  const changed = { body: packed(answer) }
  await database(ports.db).update(idempotency).set(changed).where(eq(idempotency.key, key))
}

function packed({ body, consistencyToken, etag }: Answer): string {
  return JSON.stringify({ body, consistencyToken, etag })
}

/** Everything of the request that decides its effect. */
async function fingerprintOf({ request, body }: Keeping): Promise<string> {
  const { pathname, search } = new URL(request.url)
  const text = `${request.method} ${pathname}${search} ${JSON.stringify(body)}`
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}
