/** Events that feed meters: the catalogue says which, and what each takes of an event. */
import type { ItemOf, ReportRequest, ReportResult } from '../../durable-objects/calls.ts'
import type { Json } from '../../entitlements/allowance.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { EventMeter } from '../../schema/head.ts'
import { readHeadFromSource } from '../ask/copies.ts'
import type { EventBody } from '../ask/parse-event.ts'
import { type Used, useMany } from '../ask/use.ts'
import { headView } from '../ask/view.ts'
import type { Failure, FieldError } from '../failures.ts'
import { headConfirmedAt } from '../isolate.ts'
import { outcomeFrom } from '../outcome.ts'
import { originOf } from '../respond.ts'
import type { Call, Handler, Outcome } from '../route.ts'
import { usageAnswer } from './usage.ts'

type Reporting = Call<unknown, unknown, EventBody>

/** How long it is believed that no meter names an event. */
const CONFIRMED_MS = 1_000

/** Reports the event to every meter that names it. Nothing is counted unless every one of them can count it. */
export const reportEvent: Handler<unknown, unknown, EventBody> = async (call) => {
  const meters = await metersFor(call)
  if (!meters.ok) return meters
  const { properties } = call.body
  const errors = meters.value.flatMap((meter) => errorOf(meter, properties) ?? [])
  if (errors.length > 0) return err({ code: 'invalid_request', errors })
  if (meters.value.length === 0) return ok({ body: { results: [] } })
  const { customerId } = call.body
  const outcomes = await useMany<ItemOf<ReportRequest>, ReportResult>(call, {
    customerId,
    items: meters.value.map((meter) => itemFor(call, meter)),
    ask: (object, request) => object.reportMany(request),
  })
  return answered(call, meters.value, outcomes)
}

/** The meters that the event feeds. That there is none is asked where it is decided, lest usage be lost without a word. */
async function metersFor(call: Reporting): Promise<Result<readonly EventMeter[], Failure>> {
  const { customerId, event } = call.body
  const atLeast = call.atLeast(customerId)
  const copy = await headView(call, { customerId, atLeast, reach: call.principal, ask: 'anyone' })
  if ((copy?.head.revision ?? 0) < atLeast.catalogueRevision) {
    return err({ code: 'consistency_unavailable' })
  }
  const known = copy?.head.meters?.get(event)
  if (known !== undefined) return ok(known)
  if (copy !== null && call.now - headConfirmedAt() < CONFIRMED_MS) return ok([])
  const newest = await readHeadFromSource(call, false)
  return newest === null ? err({ code: 'unavailable' }) : ok(newest.head.meters?.get(event) ?? [])
}

/** What keeps a meter from adding up its property of the event. */
function errorOf({ featureId, property }: EventMeter, properties: Json): FieldError | null {
  if (property === null || valueOf(property, properties) !== null) return null
  const step = property.replaceAll('~', '~0').replaceAll('/', '~1')
  const expected = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, which '${featureId}' adds up`
  return { pointer: `/properties/${step}`, code: 'invalid_value', expected }
}

function valueOf(property: string, properties: Json): number | null {
  if (typeof properties !== 'object' || properties === null) return null
  const value: unknown = Object.hasOwn(properties, property)
    ? Reflect.get(properties, property)
    : null
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** One report. Each meter has a key of its own, made of the event's: one that joins later has not been told yet. */
function itemFor(
  { body, idempotencyKey }: Reporting,
  { featureId, property }: EventMeter,
): ItemOf<ReportRequest> {
  const { event, properties, occurredAt } = body
  const value = property === null ? 1 : (valueOf(property, properties) ?? 0)
  const effect = ['event', featureId, event, occurredAt, JSON.stringify(properties)]
  return {
    featureId,
    behaviour: 'delta',
    value,
    occurredAt,
    enforce: false,
    idempotencyKey: idempotencyKey === null ? null : `${idempotencyKey} ${featureId}`,
    fingerprint: JSON.stringify(effect),
  }
}

/** One outcome a meter; what kept all of them from counting is the answer to the whole. */
function answered(
  call: Reporting,
  meters: readonly EventMeter[],
  outcomes: readonly Result<Used<ReportResult>, Failure>[],
): Outcome {
  const { customerId } = call.body
  const about = { requestId: call.requestId, origin: originOf(call.request) }
  const done = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))
  const [first] = outcomes
  if (done.length === 0 && first?.ok === false) return err(withKey(first.error, call))
  const results = outcomes.map((outcome, at) => ({
    featureId: meters[at]?.featureId,
    ...outcomeFrom(
      outcome.ok ? ok(usageAnswer(customerId, outcome.value)) : err(withKey(outcome.error, call)),
      about,
    ),
  }))
  const replayed = done.every((each) => each.replayed)
  const consistencyToken = done.at(-1)?.consistencyToken
  return ok({
    body: { results },
    replayed,
    ...(consistencyToken === undefined ? null : { consistencyToken }),
  })
}

/** A failure as the caller knows its key. */
function withKey(failure: Failure, { idempotencyKey }: Reporting): Failure {
  return 'key' in failure && idempotencyKey !== null ? { ...failure, key: idempotencyKey } : failure
}
