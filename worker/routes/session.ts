/** Signing in to the dashboard, staying, and leaving. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { authenticate } from '../authenticate.ts'
import type { Failure } from '../failures.ts'
import { instantText } from '../../schema/instant-text.ts'
import { keyEnvironment } from '../key-record.ts'
import type { Answer, Handler } from '../route.ts'
import {
  csrfToken,
  endOf,
  isOwnPage,
  NO_COOKIE,
  type Person,
  personOf,
  sessionCookie,
  setCookie,
} from '../session.ts'
import type { Call } from '../route.ts'

/** Exchanges a key that may manage for a cookie. */
export const createSession: Handler<unknown, unknown, { readonly key: string }> = async (call) => {
  if (!isOwnPage(call.request)) return err({ code: 'csrf_missing' })
  const holder = await authenticate(call, 'manage', call.body.key.trim())
  if (!holder.ok) return holder
  const session = { keyId: holder.value.id, startedAt: call.now, seenAt: call.now }
  const row = await call.ports.db
    .prepare('SELECT name FROM keys WHERE id = ?')
    .bind(session.keyId)
    .first<{ readonly name: string }>()
  return greeted(call, { principal: holder.value, session, name: row?.name ?? '' })
}

/** Who is signed in; asking keeps the session from ending. */
export const getSession: Handler = async (call) => {
  const cookie = sessionCookie(call.request.headers)
  const { environment } = call
  if (cookie === null) return err({ code: 'credential_missing', environment })
  const person = await personOf(call, cookie)
  if (!person.ok) return person
  const session = { ...person.value.session, seenAt: call.now }
  return greeted(call, { ...person.value, session })
}

/** Takes the cookie back. */
export const deleteSession: Handler = async () => ok({ body: { ended: true }, cookie: NO_COOKIE })

async function greeted(
  { ports, environment }: Call,
  { principal, session, name }: Person,
): Promise<Result<Answer, Failure>> {
  const body = {
    environment: keyEnvironment(environment),
    role: principal.role ?? 'admin',
    name,
    keyId: session.keyId,
    csrfToken: await csrfToken(ports, session),
    expiresAt: instantText(endOf(session)),
  }
  return ok({ body, cookie: await setCookie(ports, session) })
}
