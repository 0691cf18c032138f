/** Listening: a socket on which somebody is told of every change, and what keeps it true while nothing is written. */
import type { ListenRefusal, ListenRequest } from './calls.ts'
import { setOut } from './duties.ts'
import { follow, freshen } from './fresh.ts'
import { load } from './load.ts'
import type { ObjectContext } from './memory.ts'
import { reach } from './pull.ts'
import { closeSocket, dropOldSockets, keepSocket, socketsOf } from './sockets.ts'
import { tell, tellAll, toldBefore } from './tell.ts'

/** How many may listen to one customer. */
const SOCKETS_MAX = 100
/**
 * How often the catalogue is looked at while somebody listens: an edit of a plan tells no customer's object. Each waits
 * a little less, and not all the same, so that those who began together do not ask D1 together.
 */
const LOOK_MS = 30_000
const LOOK_SPREAD_MS = 5_000

/** Answers a request to upgrade: with a socket, or with why there is none. */
export async function listen(context: ObjectContext, request: ListenRequest): Promise<Response> {
  const { catalogueRevision, ...floor } = request.atLeast
  const reached = await reach(context, { ...floor, catalogueRevision: 0 })
  if (reached !== 'reached') return refusal({ status: reached })
  await follow(context, catalogueRevision)
  await freshen(context)
  const held = load(context)
  if (held === null) return refusal({ status: 'unavailable' })
  const { 0: theirs, 1: ours } = new WebSocketPair()
  const because = reasonAgainst(context)
  if (because === null) {
    const { featureIds, endsAt, seen } = request
    keepSocket(context, ours, { featureIds, endsAt, told: toldBefore(held, seen) })
    planLook(context)
    tell(context, held, ours, context.ports.clock.now())
    setOut(context)
  } else {
    // Opened to be closed: a browser shows no page why a socket did not open, but it does show why one was closed.
    ours.accept()
    closeSocket(ours, because)
  }
  return new Response(null, { status: 101, webSocket: theirs })
}

/** Does what sockets need while nothing is written; for whenever the object is awake by itself. */
export async function attend(context: ObjectContext): Promise<void> {
  if (socketsOf(context).size === 0) return
  const { memory, ports } = context
  dropOldSockets(context, ports.clock.now())
  if (memory.stream.lookAt === null || memory.stream.lookAt <= ports.clock.now()) {
    await freshen(context)
    planLook(context, true)
  }
  if (load(context) !== null) tellAll(context)
}

function reasonAgainst(context: ObjectContext): 'archived' | 'crowded' | null {
  if (context.memory.archived) return 'archived'
  return socketsOf(context).size >= SOCKETS_MAX ? 'crowded' : null
}

function planLook({ memory, ports }: ObjectContext, again = false): void {
  if (memory.stream.lookAt !== null && !again) return
  const [share = 0] = ports.random.bytes(1)
  memory.stream.lookAt = ports.clock.now() + LOOK_MS - (LOOK_SPREAD_MS * share) / 256
}

function refusal(refused: ListenRefusal): Response {
  return Response.json(refused)
}
