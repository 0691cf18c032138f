/**
 * `POST /sluice-token`: a token for whoever is signed in, so that the page asks Sluice itself. Goes to
 * `app/sluice-token/route.ts`.
 *
 * The same origin as the page, and a cookie that is sent by it alone: no other site gets a token.
 */
import { manage } from '@sluice/sdk/manage'
import { customerOf } from './session.ts'
import { sluice } from './sluice.ts'

const { tokens } = manage(sluice)

export async function POST(request: Request): Promise<Response> {
  const customerId = await customerOf(request)
  if (customerId === null) return new Response('Sign in.', { status: 401 })
  const { token, expiresAt } = await tokens.create(customerId, { scopes: ['read'] })
  return Response.json({ token, expiresAt }, { headers: { 'Cache-Control': 'no-store' } })
}
