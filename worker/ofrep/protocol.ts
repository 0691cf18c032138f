/**
 * The OpenFeature Remote Evaluation Protocol, 0.3: features are flags, and the targeting key is a customer. One flag is
 * `GET /v1/access`, all of them are the list of a customer's entitlements. docs/openfeature.md has the whole mapping.
 */
import { err, ok } from '../../entitlements/result.ts'
import type { AccessAnswer, EntitlementsAnswer } from '../../schema/calls.ts'
import { atLeastFrom } from '../at-least.ts'
import { authenticate } from '../authenticate.ts'
import { perform } from '../operation.ts'
import type { Protocol, Spoken } from '../protocols.ts'
import { readBody } from '../request.ts'
import type { Answer, Call, Outcome, Principal } from '../route.ts'
import { isNamedIn, tagOfContent } from '../tag.ts'
import { refuse, refusedAs } from './answer.ts'
import { askedBy, customerFrom } from './asked.ts'
import { featureOf, flagsOf, type Metadata, restingOn } from '../../schema/flag.ts'

export const ofrep: Protocol = { serve, refuse }

/** Who asks, and about whom. */
interface Asking extends Pick<Call, 'atLeast'> {
  readonly spoken: Spoken
  readonly principal: Principal
  readonly customerId: string
}

async function serve(spoken: Spoken): Promise<Outcome> {
  const { request, path } = spoken
  const asked = askedBy(path)
  const { method } = request
  if (asked.of === 'nothing') return err({ code: 'route_not_found', method, path })
  if (method !== 'POST') return err({ code: 'method_not_allowed', allow: ['POST'] })
  const principal = await authenticate(spoken, 'read', keyIn(request.headers))
  if (!principal.ok) return principal
  const atLeast = atLeastFrom(request.headers.get('Consistency-Token'))
  if (atLeast === null) return err({ code: 'invalid_consistency_token' })
  const body = await readBody(request)
  if (!body.ok) return body
  const customerId = customerFrom(body.value, principal.value.customerId)
  if (!customerId.ok) return ok(refusedAs(spoken, customerId.error))
  const asking = { spoken, atLeast, principal: principal.value, customerId: customerId.value }
  return asked.of === 'one' ? evaluate(asking, asked.key) : evaluateAll(asking)
}

/** A credential in the protocol's second place for it, where the first is empty. */
function keyIn(headers: Headers): string | undefined {
  return headers.has('Authorization') ? undefined : (headers.get('X-API-Key') ?? undefined)
}

async function evaluate({ spoken, customerId, ...by }: Asking, key: string): Promise<Outcome> {
  const query = { customerId, featureId: featureOf(key) }
  const outcome = await perform(spoken, { operationId: 'getAccess', ...by, query })
  if (!outcome.ok) return outcome
  // The operation's own answer, as its row documents it.
  const { body } = outcome.value as Answer<AccessAnswer>
  // Without a catalogue at hand nobody knows what the flag is.
  if (body.type === null && body.reason !== 'unknown_feature') return err({ code: 'unavailable' })
  const about = { ...aboutOf(spoken, customerId, body.revision), ...restingOn(body) }
  const flag = flagsOf(body, about).find((each) => each.key === key)
  if (flag !== undefined) return ok(Response.json(flag))
  const errorDetails = `There is no flag '${key}'. ${body.hint ?? ''}`.trimEnd()
  return ok(refusedAs(spoken, { errorCode: 'FLAG_NOT_FOUND', errorDetails }))
}

async function evaluateAll({ spoken, customerId, ...by }: Asking): Promise<Outcome> {
  const params = { customerId }
  const outcome = await perform(spoken, { operationId: 'listEntitlements', ...by, params })
  if (!outcome.ok) return outcome
  const { body } = outcome.value as Answer<EntitlementsAnswer>
  // Whoever has flags from before keeps them: that is better than what could be said of nobody in particular.
  if (body.servedFrom === 'policy') return err({ code: 'unavailable' })
  const about = aboutOf(spoken, customerId, body.revision)
  const flags = body.data.flatMap((entitlement) => flagsOf(entitlement, about))
  // Of the evaluated flags, which name their customer, and not of how old the copy is.
  const etag = await tagOfContent({ customerId, flags })
  const headers = { ETag: etag }
  if (isNamedIn(spoken.request.headers.get('If-None-Match'), etag)) {
    return ok(new Response(null, { status: 304, headers }))
  }
  return ok(Response.json({ flags, metadata: { ...about, ...restingOn(body) } }, { headers }))
}

/** By names that OpenFeature passes to telemetry: whose context, which set of flags, which version of it. */
function aboutOf({ environment }: Spoken, contextId: string, revision: number): Metadata {
  const flagSetId = environment === 'production' ? 'production' : 'sandbox'
  return { contextId, flagSetId, version: String(revision) }
}
