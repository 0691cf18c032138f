/** Checkout sessions over HTTP. */
import { and, desc, eq, gt, isNotNull, isNull, lt, lte, type SQL } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { err, ok } from '../../entitlements/result.ts'
import { newId } from '../../schema/ids.ts'
import { checkoutSessions } from '../../schema/tables/checkout.ts'
import type { SessionInput, SessionStatus } from '../../schema/wire/checkout.ts'
import { database } from '../change/database.ts'
import { page, type PageQuery } from '../paging.ts'
import { answerOf } from '../payments/checkout-complete.ts'
import { expireSession } from '../payments/checkout-expire.ts'
import { openSession } from '../payments/checkout-open.ts'
import {
  readSession,
  SESSION_MS,
  type SessionRow,
  sessionView,
} from '../payments/checkout-session.ts'
import type { Handler } from '../route.ts'

interface One {
  readonly sessionId: string
}

interface Filter extends PageQuery {
  readonly customerId?: string
  readonly status?: SessionStatus
}

export const createCheckoutSession: Handler<unknown, unknown, SessionInput> = (call) =>
  openSession(call, call.body)

export const getCheckoutSession: Handler<One> = async (call) => {
  const { sessionId } = call.params
  const session = await readSession(call, sessionId)
  return session === null
    ? err({ code: 'session_not_found', sessionId })
    : ok(answerOf(session, call))
}

export const expireCheckoutSession: Handler<One> = (call) =>
  expireSession(call, call.params.sessionId)

/** Newest first: the ids sort by when they were made. */
export const listCheckoutSessions: Handler<unknown, Filter> = (call) => {
  const { customerId, status } = call.query
  const filter = and(
    customerId === undefined ? undefined : eq(checkoutSessions.customerId, customerId),
    status && hasStatus(status, call.now),
  )
  return page(
    call,
    {
      name: 'checkout-sessions',
      positionOf: ({ id }: SessionRow) => [id],
      read: (after, count) =>
        database(call.ports.db)
          .select()
          .from(checkoutSessions)
          .where(and(filter, after ? lt(checkoutSessions.id, String(after[0])) : undefined))
          .orderBy(desc(checkoutSessions.id))
          .limit(count),
    },
    (session) => sessionView(session, call.now),
  )
}

/** What is open was made within a day, and is found among the newest. */
function hasStatus(status: SessionStatus, now: Instant): SQL | undefined {
  const { id, completedAt, expiresAt } = checkoutSessions
  switch (status) {
    case 'completed':
      return isNotNull(completedAt)
    case 'expired':
      return and(isNull(completedAt), lte(expiresAt, now))
    case 'open': {
      const oldest = newId('cs', Math.max(0, now - SESSION_MS), new Uint8Array())
      return and(isNull(completedAt), gt(expiresAt, now), gt(id, oldest))
    }
  }
}
