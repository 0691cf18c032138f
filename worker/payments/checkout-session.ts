/** A checkout session as it is stored, and as it is answered. */
import { eq } from 'drizzle-orm'
import type { Instant } from '../../entitlements/instant.ts'
import { checkoutSessions } from '../../schema/tables/checkout.ts'
import { encodeToken } from '../../schema/token.ts'
import type { SessionAnswer, SessionStatus } from '../../schema/wire/checkout.ts'
import { type Change, type Committing, revisionAfter } from '../change/commit.ts'
import { database, type Statement } from '../change/database.ts'
import type { Ports } from '../ports.ts'
import { withSessionId, withToken } from './addresses.ts'

export type SessionRow = typeof checkoutSessions.$inferSelect

/** How long a session waits for its payment. */
export const SESSION_MS = 24 * 3_600_000

const HINT =
  'Pass customerId, your own id of the customer: the next checkout then changes what this customer has instead of making another.'

export async function readSession(
  { ports }: { readonly ports: Pick<Ports, 'db'> },
  sessionId: string,
): Promise<SessionRow | null> {
  const byId = eq(checkoutSessions.id, sessionId)
  return (await database(ports.db).select().from(checkoutSessions).where(byId).get()) ?? null
}

/** @param now Real time, whatever the customer's clock says. */
export function statusOf({ completedAt, expiresAt }: SessionRow, now: Instant): SessionStatus {
  if (completedAt !== null) return 'completed'
  return expiresAt <= now ? 'expired' : 'open'
}

/** Who buys. Whom nobody has named is named after the session, so that it makes one customer however often it is told. */
export function buyerOf({ id, customerId }: Pick<SessionRow, 'id' | 'customerId'>): string {
  return customerId ?? `cus_${id.slice('cs_'.length)}`
}

/** What reads the purchase; null until there is one. */
export function tokenOf(session: SessionRow): string | null {
  const { customerId, customerRevision: revision } = session
  if (customerId === null || revision === null) return null
  return encodeToken({ customerId, revision, version: 0, catalogueRevision: 0 })
}

/** Where the customer goes when it is paid, with what reads the purchase. */
export function successOf(session: SessionRow): string {
  // As a browser writes it: a header takes nothing else.
  const address = new URL(withSessionId(session.successUrl, session.id)).href
  const token = tokenOf(session)
  return token === null ? address : withToken(address, token)
}

export function sessionView(session: SessionRow, now: Instant): SessionAnswer {
  const { id, customerId, currency, amount } = session
  const isNamed = customerId !== null && customerId !== buyerOf({ id, customerId: null })
  return {
    id,
    status: statusOf(session, now),
    customerId,
    subscriptionId: session.subscriptionId,
    consistencyToken: tokenOf(session),
    url: session.url,
    planId: session.planId,
    chargePeriod: session.chargePeriod,
    quantity: session.quantity,
    price: currency === null ? null : { amount, currency },
    trialDays: session.trialDays,
    when: session.changeWhen,
    successUrl: session.successUrl,
    cancelUrl: session.cancelUrl,
    provider: session.providerName,
    metadata: session.metadata,
    createdAt: text(session.createdAt),
    expiresAt: text(session.expiresAt),
    completedAt: session.completedAt === null ? null : text(session.completedAt),
    refusedBecause: session.refusedBecause,
    revision: session.revision,
    ...(isNamed ? {} : { hint: HINT }),
  }
}

/** Names what a session looks like now: time alone lets it expire. */
export function sessionTag({ revision, status }: SessionAnswer): string {
  return `"${revision}-${status}"`
}

/**
 * A change of a session, which is also its compare-and-set.
 *
 * @param before With revision 0 where it is not stored yet.
 */
export function sessionChange(
  { now }: Pick<Committing, 'now'>,
  before: SessionRow,
  after: SessionRow,
): { readonly row: SessionRow; readonly change: Omit<Change, 'statements'> } {
  const row = { ...after, revision: revisionAfter(before.revision, now) }
  const change = {
    subject: `checkout:${row.id}`,
    previous: before.revision,
    revision: row.revision,
    action: `checkout.${verbOf(before, after)}`,
    resource: `checkout/sessions/${row.id}`,
    before: before.revision === 0 ? null : sessionView(before, now),
    after: sessionView(row, now),
  }
  return { row, change }
}

function verbOf(
  before: SessionRow,
  after: SessionRow,
): 'create' | 'complete' | 'refuse' | 'expire' {
  if (after.refusedBecause !== null) return 'refuse'
  if (after.completedAt !== null) return 'complete'
  return before.revision === 0 ? 'create' : 'expire'
}

/** Writes the session, new or not. */
export function sessionStatement({ ports }: Pick<Committing, 'ports'>, row: SessionRow): Statement {
  const { id, ...set } = row
  return database(ports.db)
    .insert(checkoutSessions)
    .values({ id, ...set })
    .onConflictDoUpdate({ target: checkoutSessions.id, set })
}

/** Notes when the provider is to be asked about the session next; null: it need not be. */
export async function askAgain(
  { ports }: { readonly ports: Pick<Ports, 'db'> },
  sessionId: string,
  providerDueAt: Instant | null,
): Promise<void> {
  const byId = eq(checkoutSessions.id, sessionId)
  await database(ports.db).update(checkoutSessions).set({ providerDueAt }).where(byId)
}

function text(at: Instant): string {
  return new Date(at).toISOString()
}
