import type { ConsumeResult, ReportResult } from '../../durable-objects/calls.ts'
import type { Access } from '../../entitlements/access.ts'
import type { Entitlement } from '../../entitlements/entitlement.ts'
import { err, ok } from '../../entitlements/result.ts'
import { entitlementAnswer } from '../../schema/answer.ts'
import { hintFor } from '../../schema/hint.ts'
import type { ConsumeBody, MeterParams, ResetBody, UsageBody } from '../ask/parse.ts'
import { countAnswer, writeBehind } from '../ask/tally.ts'
import { type Effect, use, type Used, type Using } from '../ask/use.ts'
import type { FieldError } from '../failures.ts'
import { headCopy } from '../isolate.ts'
import type { Call, Outcome } from '../route.ts'

/** Checks and counts in one step, all or nothing. */
export async function consume(call: Using & { readonly body: ConsumeBody }) {
  const { customerId, featureId, quantity } = call.body
  const used = await use(call, {
    customerId,
    featureId,
    effect: consumeEffect(call.body),
    ask: (object, request) => object.consume({ ...request, quantity }),
  })
  if (!used.ok) return used
  countConsumption(call, used.value)
  writeBehind(call)
  return ok(consumeAnswer(call.body, used.value))
}

/** A consumption asks as well. One that was answered before has been counted. */
export function countConsumption(
  { now }: Pick<Call, 'now'>,
  { result, replayed }: Used<ConsumeResult>,
): void {
  if (!replayed) countAnswer(now, result.entitlement, result.consumed)
}

/** What an idempotency key stands for: the whole body, but for the customer whose key it is. */
export function consumeEffect({ featureId, quantity, metadata }: ConsumeBody): Effect {
  return ['consume', featureId, quantity, JSON.stringify(metadata)]
}

/** What is said of one consumption. */
export function consumeAnswer(
  { customerId, quantity }: ConsumeBody,
  { result, replayed, confirmed, consistencyToken }: Used<ConsumeResult>,
) {
  const { consumed } = result
  const entitlement = toldOf(customerId, result)
  const body = { consumed, quantity, entitlement, confirmed, consistencyToken }
  return { body, replayed, consistencyToken }
}

/** Records usage that has happened. */
export async function reportUsage(call: Using & { readonly body: UsageBody }) {
  const { customerId, featureId, behaviour, value, occurredAt, enforce } = call.body
  const errors = call.principal.kind === 'token' ? beyondToken(call.body) : []
  if (errors.length > 0) return err({ code: 'invalid_request', errors } as const)
  const used = await use(call, {
    customerId,
    featureId,
    effect: usageEffect(call.body),
    ask: (object, request) => object.report({ ...request, behaviour, value, occurredAt, enforce }),
  })
  if (!used.ok) return used
  countReport(call, call.body, used.value)
  writeBehind(call)
  return ok(usageAnswer(customerId, used.value))
}

/** A report that may be refused asks as well; any other tells what has happened. */
export function countReport(
  { now }: Pick<Call, 'now'>,
  { enforce }: Pick<UsageBody, 'enforce'>,
  { result, replayed }: Used<ReportResult>,
): void {
  if (enforce && !replayed) countAnswer(now, result.entitlement, result.recorded)
}

/**
 * What a token does not report. Its holder is the customer whose usage it is: it can say that there is more, now, and never
 * that there was less.
 */
function beyondToken({ behaviour, value, occurredAt }: UsageBody): readonly FieldError[] {
  const refused = (pointer: string, expected: string) => ({
    pointer,
    code: 'not_with_token',
    expected: `${expected}: a customer token reports what happens now, and takes nothing back`,
  })
  return [
    ...(occurredAt === null ? [] : [refused('/occurredAt', 'to be left out')]),
    ...(behaviour === 'delta' ? [] : [refused('/behaviour', "'delta'")]),
    ...(value >= 0 ? [] : [refused('/value', 'a whole number from 0 to 9007199254740991')]),
  ]
}

export function usageEffect(body: UsageBody): Effect {
  const { featureId, behaviour, value, occurredAt, enforce, metadata } = body
  return ['report', featureId, behaviour, value, occurredAt, enforce, JSON.stringify(metadata)]
}

/** What is said of one report. */
export function usageAnswer(
  customerId: string,
  { result, replayed, confirmed, consistencyToken }: Used<ReportResult>,
) {
  const { recorded, applied, clamped, late } = result
  const entitlement = toldOf(customerId, result)
  const body = { recorded, applied, clamped, late, entitlement, confirmed, consistencyToken }
  return { body, replayed, consistencyToken }
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
