/** Closing a checkout session before its time. */
import { err, ok } from '../../entitlements/result.ts'
import { commit, untilCommitted } from '../change/commit.ts'
import { type Keeper, once } from '../change/idempotency.ts'
import type { Outcome } from '../route.ts'
import { answerOf } from './checkout-complete.ts'
import type { Opening } from './checkout-open.ts'
import { readSession, sessionChange, sessionStatement, statusOf } from './checkout-session.ts'
import { providerNamed } from './providers.ts'
import { refusedBy } from './refused.ts'

/**
 * Has a session expire now: first at its provider, so that nobody pays on it any more. One that has expired stays so;
 * a completed one is `session_closed`.
 */
export function expireSession(call: Opening, sessionId: string): Promise<Outcome> {
  return once(call, (keeper) => untilCommitted(call, () => tryToExpire(call, sessionId, keeper)))
}

async function tryToExpire(
  call: Opening,
  sessionId: string,
  keeper: Keeper,
): Promise<Outcome | 'lost'> {
  const session = await readSession(call, sessionId)
  if (session === null) return err({ code: 'session_not_found', sessionId })
  const status = statusOf(session, call.now)
  if (status === 'completed') return err({ code: 'session_closed', sessionId, status })
  if (status === 'expired') return ok(answerOf(session, call))
  const { providerName: name, providerReference: reference } = session
  const provider = name === null ? null : await providerNamed(call, name)
  if (provider !== null && reference !== null) {
    const closed = await provider.expireCheckout(reference)
    if (!closed.ok) return err(refusedBy(call, closed.error))
  }
  // Somebody may have paid just before.
  const providerDueAt = session.providerDueAt === null ? null : call.now
  const closed = { ...session, expiresAt: call.now, providerDueAt }
  const { row, change } = sessionChange(call, session, closed)
  const answer = answerOf(row, call)
  const statements = [sessionStatement(call, row), ...keeper.statements(answer)]
  const outcome = await commit(call, { ...change, statements })
  return outcome === 'lost' ? outcome : ok(answer)
}
