import { ok } from '../../entitlements/result.ts'
import type { CustomerParams, SnapshotQuery } from '../ask/parse.ts'
import { snapshotFor } from '../ask/snapshot.ts'
import type { Asking } from '../attempt.ts'
import type { Call } from '../route.ts'

/** Everything that evaluating a customer needs, for who does so in its own process. */
export async function getSnapshot(
  call: Asking &
    Pick<Call, 'atLeast' | 'principal'> & {
      readonly params: CustomerParams
      readonly query: SnapshotQuery
    },
) {
  const { customerId } = call.params
  const { fresh } = call.query
  const atLeast = call.atLeast(customerId)
  const found = await snapshotFor(call, { customerId, fresh, atLeast, reach: call.principal })
  if (!found.ok) return found
  const { format, servedFrom, version, revision, degraded } = found.value
  call.timing.servedFrom(servedFrom)
  // That nothing newer could be read is to be heard, and 304 says the contrary.
  if (degraded) return ok({ body: found.value })
  // Nothing else decides an answer. Weak, because of the same version there are copies of several instants.
  return ok({ body: found.value, etag: `W/"${format}-${version}-${revision}"` })
}
