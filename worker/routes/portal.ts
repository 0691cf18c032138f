/** The customer portal over HTTP: links for applications, pages for their customers. */
import { ok } from '../../entitlements/result.ts'
import type { PortalInput, PortalNews } from '../../schema/wire/portal.ts'
import { asPage } from '../page/as-page.ts'
import * as session from '../portal/session.ts'
import * as visit from '../portal/visit.ts'
import type { Handler } from '../route.ts'

interface Linked {
  readonly token: string
}

interface Held extends Linked {
  readonly subscriptionId: string
}

export const createPortalSession: Handler<{ readonly customerId: string }, unknown, PortalInput> = (
  call,
) => session.createPortalSession(call, call.params.customerId, call.body)

export const getPortal = asPage<Linked, { readonly news?: PortalNews | undefined }, unknown>(
  async (call) => ok(await visit.showOverview(call, call.params.token, call.query.news)),
)

export const getPortalCancel = asPage<Held, unknown, unknown>(async (call) =>
  ok(await visit.askToCancel(call, call.params.token, call.params.subscriptionId)),
)

export const cancelInPortal = asPage<Held, unknown, unknown>(async (call) =>
  ok(await visit.cancel(call, call.params.token, call.params.subscriptionId)),
)

export const undoInPortal = asPage<Held, unknown, unknown>(async (call) =>
  ok(await visit.undo(call, call.params.token, call.params.subscriptionId)),
)
