/** Reports of usage and of events, in Kelviq's words. Usage that has happened is a fact, also beyond a limit. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { IDEMPOTENCY_KEY } from '../../schema/ids.ts'
import type { EntitlementAnswer } from '../../schema/wire/access.ts'
import type { Failure } from '../failures.ts'
import { instantText } from '../../schema/instant-text.ts'
import type { Problem } from '../refusal.ts'
import { readIdempotencyKey } from '../request.ts'
import { entryOf } from './projection.ts'
import { ask, type Body, type Reply, type Row, type Said, stated } from './row.ts'
import { STATUSES } from './statuses.ts'

export const REPORT_ROWS: readonly Row[] = [
  { method: 'POST', path: '/report/usage', scope: 'usage', token: true, handle: reportUsage },
  {
    method: 'POST',
    path: '/report/event',
    scope: 'usage',
    names: new Map([
      ['event', 'eventName'],
      ['occurredAt', 'timestamp'],
    ]),
    handle: reportEvent,
  },
]

/** There is one organisation in a deployment. */
const ORGANISATION = '1'

interface UsageAnswer {
  readonly recorded: boolean
  readonly applied: number
  readonly entitlement: EntitlementAnswer
  readonly consistencyToken: string
}

async function reportUsage(said: Said): Promise<Result<Reply, Failure>> {
  const { value, featureId, behaviour, resourceId } = said.body
  const key = keyOf(said)
  if (!key.ok) return key
  const idempotencyKey = key.value
  const answer = await ask<UsageAnswer>(said, {
    operationId: 'reportUsage',
    idempotencyKey,
    body: stated({ ...used(said.body), metadata: metadataOf(resourceId) }),
  })
  if (!answer.ok) return answer
  const { applied, entitlement, consistencyToken } = answer.value
  const body = stated({
    value,
    customerId: entitlement.customerId,
    featureId,
    behaviour: String(behaviour).toUpperCase(),
    resourceId,
    orgId: ORGANISATION,
    eventName: 'aggregated.usage',
    idempotencyKey,
    timestamp: instantText(said.spoken.now).replace('T', ' ').replace('Z', '000'),
    applied,
    entitlement: entryOf(entitlement),
    consistencyToken,
  })
  return ok({ body })
}

function used({ value, customerId, featureId, behaviour }: Body): Body {
  return { value, customerId, featureId, behaviour }
}

function metadataOf(resourceId: unknown): object | undefined {
  return resourceId === undefined || resourceId === null ? undefined : { resourceId }
}

interface EventAnswer {
  readonly results: readonly (Partial<UsageAnswer> & {
    readonly featureId: string
    readonly problem?: Problem
  })[]
}

async function reportEvent(said: Said): Promise<Result<Reply, Failure>> {
  const { customerId, eventName, timestamp, resourceId, properties } = said.body
  const key = keyOf(said)
  if (!key.ok) return key
  const idempotencyKey = key.value
  const answer = await ask<EventAnswer>(said, {
    operationId: 'reportEvent',
    idempotencyKey,
    body: {
      customerId,
      event: eventName,
      occurredAt: timestamp === undefined ? undefined : instantOf(timestamp),
      properties: properties ?? undefined,
    },
  })
  if (!answer.ok) return answer
  const { results } = answer.value
  const failed = results.find(({ problem }) => problem !== undefined)
  if (failed?.problem !== undefined) return ok(partly(failed.featureId, failed.problem))
  const meters = results.map(({ featureId, applied }) => ({ featureId, applied }))
  const told = { customerId, eventName, idempotencyKey, timestamp, properties, resourceId }
  return ok({ body: stated({ ...told, orgId: ORGANISATION, meters }) })
}

/** Some meters have counted the event and one has not: with the same key only that one counts it when it comes again. */
function partly(featureId: string, { code, title, detail }: Problem): Reply {
  return { status: STATUSES[code], body: { detail: `${featureId}: ${title}. ${detail}`, code } }
}

/**
 * The key under which it counts once: the caller's, by header or in the body, else one made here, which then is in the
 * answer. With it the call is repeated where the first attempt is lost on the way to the customer's object.
 */
function keyOf({ spoken, body }: Said): Result<string, Failure> {
  const given = readIdempotencyKey(spoken.request)
  if (!given.ok) return given
  const key = given.value ?? body['idempotencyKey'] ?? null
  if (key === null) return ok(spoken.ports.random.uuid().replaceAll('-', ''))
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) return ok(key)
  const expected = '1 to 255 printable ASCII characters without a blank at either end'
  const error = { pointer: '/idempotencyKey', code: 'invalid_format', expected }
  return err({ code: 'invalid_request', errors: [error] })
}

/** `2026-11-26 10:00:00.000000` is in UTC and says no zone; what is written otherwise is left to be refused. */
function instantOf(timestamp: unknown): unknown {
  if (typeof timestamp !== 'string') return timestamp
  const [, day, time, zone] = TIMESTAMP.exec(timestamp) ?? []
  return day === undefined ? timestamp : `${day}T${time}${zone ?? 'Z'}`
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/
