import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { ok } from '../../entitlements/result.ts'
import { entitlementAnswer } from '../ask/answer.ts'
import { hintFor } from '../ask/hint.ts'
import type { ConsumeBody, MeterParams, ResetBody, UsageBody } from '../ask/parse.ts'
import { use } from '../ask/use.ts'
import { headCopy } from '../isolate.ts'
import type { Call, Outcome } from '../route.ts'

/** Checks and counts in one step, all or nothing. */
export async function consume(call: Call<unknown, unknown, ConsumeBody>): Promise<Outcome> {
  const { customerId, featureId, quantity, metadata } = call.body
  const used = await use(call, {
    customerId,
    featureId,
    effect: ['consume', featureId, quantity, JSON.stringify(metadata)],
    ask: (object, request) => object.consume({ ...request, quantity }),
  })
  if (!used.ok) return used
  const { result, replayed, confirmed, consistencyToken } = used.value
  const { consumed } = result
  const entitlement = toldOf(customerId, result)
  return ok({ body: { consumed, quantity, entitlement, confirmed }, replayed, consistencyToken })
}

/** Records usage that has happened. */
export async function reportUsage(call: Call<unknown, unknown, UsageBody>): Promise<Outcome> {
  const { customerId, featureId, behaviour, value, occurredAt, enforce, metadata } = call.body
  const used = await use(call, {
    customerId,
    featureId,
    effect: ['report', featureId, behaviour, value, occurredAt, enforce, JSON.stringify(metadata)],
    ask: (object, request) => object.report({ ...request, behaviour, value, occurredAt, enforce }),
  })
  if (!used.ok) return used
  const { result, replayed, confirmed, consistencyToken } = used.value
  const { recorded, applied, clamped, late } = result
  const entitlement = toldOf(customerId, result)
  const body = { recorded, applied, clamped, late, entitlement, confirmed }
  return ok({ body, replayed, consistencyToken })
}

/** An operator sets a customer's readings to 0. */
export async function resetUsage(call: Call<MeterParams, unknown, ResetBody>): Promise<Outcome> {
  const { customerId, featureId } = call.params
  const { reason } = call.body
  const used = await use(call, {
    customerId,
    featureId,
    effect: ['reset', featureId, reason],
    ask: (object, request) => object.reset({ ...request, reason }),
  })
  if (!used.ok) return used
  const { result, replayed, consistencyToken } = used.value
  return ok({ body: { entitlement: toldOf(customerId, result) }, replayed, consistencyToken })
}

interface Decided {
  readonly access: Access
  readonly entitlement: Entitlement
}

function toldOf(customerId: string, { access, entitlement }: Decided) {
  const hint = hintFor(entitlement, headCopy()?.head ?? null)
  return entitlementAnswer({ customerId, entitlement, access, hint })
}
