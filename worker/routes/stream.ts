/** Listening over a WebSocket: the customer's own object keeps the socket and tells of every change. */
import type { ListenRefusal, Seen } from '../../durable-objects/calls.ts'
import { listenRequest } from '../../durable-objects/upgrade.ts'
import { err, ok } from '../../entitlements/result.ts'
import { STREAM_PROTOCOL } from '../../schema/stream.ts'
import type { Heard } from '../../schema/wire/stream.ts'
import { view } from '../ask/view.ts'
import { attempt } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import type { Call, Handler, Outcome } from '../route.ts'

const OBJECT_LIMIT_MS = 5_000
/** A credential is shown again after so long, so that one that was revoked does not listen for ever. */
const LISTENING_MS = 60 * 60_000

interface Params {
  readonly customerId: string
}

type Listening = Call<Params, Heard>

export const streamEntitlements: Handler<Params, Heard> = async (call) => {
  const { customerId } = call.params
  if (call.request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
    return err({ code: 'upgrade_required' })
  }
  const atLeast = call.atLeast(customerId)
  // Somebody whom D1 does not have gets no object of their own.
  const known = await view(call, { customerId, atLeast, reach: call.principal, ask: 'anyone' })
  if (known.status !== 'found') return err(failureOf(known.status, customerId))
  const listening = await attempt(call, 'do', OBJECT_LIMIT_MS, () => handOn(call))
  return listening.ok ? answered(call, listening.value) : err({ code: 'unavailable' })
}

function handOn(call: Listening): Promise<Response> {
  const { ports, principal, params, query, now } = call
  const request = listenRequest({
    featureIds: principal.featureIds ?? null,
    endsAt: Math.min(now + LISTENING_MS, principal.expiresAt ?? Infinity),
    seen: seenOf(query),
    atLeast: call.atLeast(params.customerId),
  })
  return ports.customers(params.customerId).fetch(request)
}

function seenOf({ version, revision, asOf }: Heard): Seen | null {
  if (version === undefined || revision === undefined || asOf === undefined) return null
  return { version, revision, asOf }
}

async function answered({ request, params }: Listening, response: Response): Promise<Outcome> {
  const { webSocket } = response
  if (webSocket === null) {
    const { status } = await response.json<ListenRefusal>()
    return err(failureOf(status, params.customerId))
  }
  // A browser that offers protocols takes no socket that speaks none of them.
  const offered = request.headers.get('Sec-WebSocket-Protocol') !== null
  const headers = new Headers(offered ? { 'Sec-WebSocket-Protocol': STREAM_PROTOCOL } : {})
  return ok(new Response(null, { status: 101, webSocket, headers }))
}

function failureOf(status: ListenRefusal['status'], customerId: string): Failure {
  switch (status) {
    case 'unknown_customer':
      return { code: 'customer_not_found', customerId }
    case 'unavailable':
      return { code: 'unavailable' }
    case 'behind':
      return { code: 'consistency_unavailable' }
  }
}
