/** Rotating a key: a new one takes its place, and both work for a while. */
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok } from '../../entitlements/result.ts'
import { keys } from '../../schema/tables/keys.ts'
import type { Outcome } from '../route.ts'
import { commit, entryOf, untilCommitted } from './commit.ts'
import { database } from './database.ts'
import { type Keeper, once } from './idempotency.ts'
import {
  announce,
  changedKey,
  keyChange,
  type KeyEditing,
  keyMade,
  type KeyRow,
  keyView,
  newKey,
  readKey,
} from './keys.ts'

/**
 * Gives a key a successor that may do the same and ends when it was to end; the key itself ends after the overlap,
 * or at its own end if that comes first.
 *
 * Asked again with the same idempotency key, it answers without the new key's text: that is not stored.
 */
export function rotateKey(
  call: KeyEditing,
  keyId: string,
  { overlapSeconds }: { readonly overlapSeconds: number },
): Promise<Outcome> {
  const endsAt = call.now + overlapSeconds * 1000
  return once(call, (keeper) =>
    untilCommitted(call, () => tryToRotate(call, keyId, { endsAt, keeper })),
  )
}

interface Rotation {
  /** When the old key ends at the latest. */
  readonly endsAt: Instant
  readonly keeper: Keeper
}

async function tryToRotate(
  call: KeyEditing,
  keyId: string,
  { endsAt, keeper }: Rotation,
): Promise<Outcome | 'lost'> {
  const old = await readKey(call, keyId)
  if (old === undefined) return err({ code: 'key_not_found', keyId })
  if (hasEnded(old, call.now)) return err({ code: 'key_ended', keyId })
  const expiresAt = Math.min(endsAt, old.expiresAt ?? Infinity)
  const ending = changedKey(call, old, { expiresAt })
  const { key, row } = await newKey(call, old)
  const replaces = { id: old.id, expiresAt: new Date(expiresAt).toISOString() }
  const body = { ...keyView(row, call.environment), replaces }
  const change = keyChange(call, 'rotate', old, ending)
  const outcome = await commit(call, {
    ...change,
    after: { ...change.after, replacedBy: row.id },
    statements: [
      ...change.statements,
      database(call.ports.db).insert(keys).values(row),
      entryOf(call, keyMade(call, row)),
      ...keeper.statements({ status: 201, body: { ...body, propagation: 'pending' } }),
    ],
  })
  if (outcome === 'lost') return outcome
  const [propagation] = await Promise.all([announce(call, ending), announce(call, row)])
  return ok({ status: 201, body: { ...body, key, propagation } })
}

function hasEnded({ revokedAt, expiresAt }: KeyRow, now: Instant): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= now)
}
