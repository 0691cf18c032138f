import { ok } from '../../entitlements/result.ts'
import { entitlementAnswer } from '../../schema/answer.ts'
import { check } from '../ask/check.ts'
import { hintFor } from '../../schema/hint.ts'
import { list } from '../ask/list.ts'
import type { AccessQuery, CustomerParams, EntitlementsQuery } from '../ask/parse.ts'
import type { Asking } from '../attempt.ts'
import type { Call } from '../route.ts'
import { tagOfContent } from '../tag.ts'

/** What these use cases need of a call. */
type Reading = Asking & Pick<Call, 'atLeast' | 'principal'>

/** May this customer use (so much of) this feature now? Refusals and unknown ids are answers. */
export async function getAccess(call: Reading & { readonly query: AccessQuery }) {
  const { customerId, quantity } = call.query
  const atLeast = call.atLeast(customerId)
  const checked = await check(call, { ...call.query, atLeast, reach: call.principal })
  if (!checked.ok) return checked
  const { entitlement, access, freshness, head } = checked.value
  call.timing.servedFrom(freshness.servedFrom)
  const hint = access.hasAccess ? null : hintFor(entitlement, head)
  return ok({
    body: {
      ...entitlementAnswer({ customerId, entitlement, access, hint }),
      quantity,
      ...freshness,
    },
  })
}

/** Everything of one customer, for a user interface. */
export async function listEntitlements(
  call: Reading & { readonly params: CustomerParams; readonly query: EntitlementsQuery },
) {
  const { customerId } = call.params
  const atLeast = call.atLeast(customerId)
  const listed = await list(call, { customerId, ...call.query, atLeast, reach: call.principal })
  if (!listed.ok) return listed
  const { items, freshness, head } = listed.value
  call.timing.servedFrom(freshness.servedFrom)
  const data = items.map((item) => {
    const hint = item.access.hasAccess ? null : hintFor(item.entitlement, head)
    return entitlementAnswer({ customerId, ...item, hint })
  })
  const body = { customerId, data, ...freshness }
  return ok({ body, etag: await tagOfContent(data) })
}
