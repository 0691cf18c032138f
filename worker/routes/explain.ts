/** One entitlement of one customer, and on request everything that led to it. */
import type { LotView } from '../../entitlements/entitlement.ts'
import { explain, type Step } from '../../entitlements/explain.ts'
import { describeDecision } from '../../entitlements/describe.ts'
import { err, ok } from '../../entitlements/result.ts'
import type { Head } from '../../schema/head.ts'
import { entitlementAnswer, sourceAnswer } from '../../schema/answer.ts'
import { check } from '../ask/check.ts'
import { nowFor } from '../ask/evaluation.ts'
import { freshnessOf, freshnessOfNothing } from '../ask/freshness.ts'
import { hintFor } from '../../schema/hint.ts'
import { policyFor } from '../ask/policy.ts'
import { type NoView, satisfies, view } from '../ask/view.ts'
import type { Call, Handler, Outcome } from '../route.ts'

interface Params {
  readonly customerId: string
  readonly featureId: string
}

interface Query {
  readonly explain: boolean
  readonly fresh: boolean
}

/** The answer for quantity 1; unknown ids are answers too. */
export const getEntitlement: Handler<Params, Query> = (call) =>
  call.query.explain ? explained(call) : plain(call)

async function plain(call: Call<Params, Query>): Promise<Outcome> {
  const { customerId, featureId } = call.params
  const atLeast = call.atLeast(customerId)
  const question = {
    customerId,
    featureId,
    quantity: 1,
    fresh: call.query.fresh,
    atLeast,
    reach: call.principal,
  }
  const checked = await check(call, question)
  if (!checked.ok) return checked
  const { entitlement, access, freshness, head } = checked.value
  call.timing.servedFrom(freshness.servedFrom)
  const hint = access.hasAccess ? null : hintFor(entitlement, head)
  const answer = entitlementAnswer({ customerId, entitlement, access, hint })
  return ok({ body: { ...answer, ...freshness } })
}

/** Always asks the source: whoever wants reasons has seen an answer already, and doubts it. */
async function explained(call: Call<Params, Query>): Promise<Outcome> {
  const { customerId, featureId } = call.params
  const atLeast = call.atLeast(customerId)
  const found = await view(call, { customerId, atLeast, reach: call.principal, ask: 'source' })
  if (!satisfies(found, atLeast)) return err({ code: 'consistency_unavailable' })
  if (found.status !== 'found') return ok({ body: unfounded(call, found) })
  const { copy, head } = found
  const at = nowFor(found, call.now)
  const { entitlement, access, lots, steps } = explain(copy.snapshot, head.catalogue, featureId, at)
  const freshness = freshnessOf(found, call.now)
  call.timing.servedFrom(freshness.servedFrom)
  const hint = access.hasAccess ? null : hintFor(entitlement, head.head)
  return ok({
    body: {
      ...entitlementAnswer({ customerId, entitlement, access, hint }),
      ...freshness,
      lots: lots.map(lotAnswer),
      steps,
      grantedBy: grantedBy(featureId, head.head),
    },
  })
}

/** Without a view there is nothing to tell but why. */
function unfounded(call: Call<Params, Query>, found: NoView): object {
  const { customerId, featureId } = call.params
  const { entitlement, access } = policyFor(found, featureId)
  const head = found.head?.head ?? null
  const hint = access.hasAccess ? null : hintFor(entitlement, head)
  const who =
    found.status === 'unknown_customer'
      ? `There is no customer '${customerId}'.`
      : 'Neither the customer nor a copy of it could be reached.'
  const steps: readonly Step[] = [
    { rule: 'customer', detail: who },
    { rule: 'decision', detail: describeDecision(entitlement, access) },
  ]
  return {
    ...entitlementAnswer({ customerId, entitlement, access, hint }),
    ...freshnessOfNothing(found, call.now),
    lots: [],
    steps,
    grantedBy: grantedBy(featureId, head),
  }
}

function grantedBy(featureId: string, head: Head | null) {
  const { grantedBy: planIds = [], grantedByMore: more = 0 } = head?.features.get(featureId) ?? {}
  return { planIds, more }
}

function lotAnswer({ startAt, endsAt, source, ...lot }: LotView) {
  return {
    ...lot,
    startAt: new Date(startAt).toISOString(),
    endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
    source: sourceAnswer(source),
  }
}
