/** Signing in to the dashboard, staying, and leaving. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { instantText } from '../../schema/instant-text.ts'
import { authenticate } from '../authenticate.ts'
import { vouchedIn } from '../cloudflare-access/person.ts'
import type { Failure } from '../failures.ts'
import { keyEnvironment } from '../key-record.ts'
import type { Answer, Call, Handler, Outcome } from '../route.ts'
import {
  csrfToken,
  endOf,
  endSession,
  isOwnPage,
  NO_COOKIE,
  type Person,
  personOf,
  sessionCookie,
  setCookie,
  vouchedPrincipal,
} from '../session.ts'

/** Exchanges a key that may manage for a cookie. */
export const createSession: Handler<unknown, unknown, { readonly key: string }> = async (call) => {
  if (!isOwnPage(call.request)) return err({ code: 'csrf_missing' })
  const found = await authenticate(call, 'manage', call.body.key.trim())
  if (!found.ok) return found
  const holder = { kind: 'key', id: found.value.id } as const
  const session = { holder, startedAt: call.now, seenAt: call.now }
  return greeted(call, { principal: found.value, session })
}

/**
 * Who is signed in; asking keeps the session from ending. Whom Access vouches for need not have been: they are let in
 * here, and stay for as long as it vouches for them.
 */
export const getSession: Handler = async (call) => {
  const cookie = sessionCookie(call.request.headers)
  const person = cookie === null ? null : await personOf(call, cookie)
  if (person?.ok === true && person.value.session.holder.kind === 'key') {
    return greeted(call, seenNow(call, person.value))
  }
  if (person?.ok === false && person.error.code === 'csrf_missing') return person
  const known = person?.ok === true ? person.value : null
  const vouched = await personVouchedFor(call, known)
  if (vouched !== null) return vouched
  return person?.ok === false
    ? person
    : err({ code: 'credential_missing', environment: call.environment })
}

/** Ends the session, and takes the cookie back. */
export const deleteSession: Handler = async (call) => {
  await endSession(call)
  return ok({ body: { ended: true }, cookie: NO_COOKIE })
}

/** The session of somebody whom Access vouches for: the one that they have, or a new one. Null: it says nothing. */
async function personVouchedFor(call: Call, known: Person | null): Promise<Outcome | null> {
  const vouched = await vouchedIn(call)
  if (vouched === null) return null
  if (!isOwnPage(call.request)) return err({ code: 'csrf_missing' })
  if (!vouched.ok) {
    const isForNow = vouched.error.code === 'sign_in_unavailable'
    return isForNow && known !== null ? greeted(call, known) : vouched
  }
  const { address, role } = vouched.value
  if (known?.session.holder.id === address) return greeted(call, seenNow(call, known))
  const holder = { kind: 'person', id: address } as const
  const session = { holder, startedAt: call.now, seenAt: call.now }
  return greeted(call, { principal: vouchedPrincipal(session, role), session })
}

function seenNow({ now }: Call, person: Person): Person {
  return { ...person, session: { ...person.session, seenAt: now } }
}

async function greeted(
  { ports, environment }: Call,
  { principal, session }: Person,
): Promise<Result<Answer, Failure>> {
  const { kind, id } = session.holder
  const body = {
    environment: keyEnvironment(environment),
    role: principal.role ?? 'admin',
    name: principal.name ?? '',
    ...(kind === 'key' ? { via: 'key', keyId: id } : { via: 'access', email: id }),
    csrfToken: await csrfToken(ports, session),
    expiresAt: instantText(endOf(session)),
  }
  return ok({ body, cookie: await setCookie(ports, session) })
}
