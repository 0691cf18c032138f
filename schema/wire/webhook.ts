/** Webhook endpoints and what came of what was sent to them, one export a route. */
import * as z from 'zod/mini'
import { EVENT_TYPES } from './event.ts'
import {
  body,
  flag,
  instantText,
  integer,
  madeId,
  PAGE_QUERY,
  pageOf,
  prose,
  removable,
} from './field.ts'

/** The type of the message that only `POST /v1/webhooks/{id}/test` sends. It is no event: nothing has happened. */
export const TEST_TYPE = 'webhook.test'

/** The longest for which an old secret signs beside the new one: a week. */
const OVERLAP_SECONDS_MAX = 604_800
const URL_LENGTH_MAX = 2_048
const FILTERS_MAX = 50

const FILTER = {
  error: 'a type of event such as "subscription.ended", a group such as "subscription.*", or "*"',
}
const URL_FORM = { error: `a URL of at most ${URL_LENGTH_MAX} characters` }
const FILTERS = { error: `a list of 1 to ${FILTERS_MAX} types of events, each once` }

const events = z.array(z.string(FILTER).check(z.refine(isFilter, FILTER)), FILTERS).check(
  z.minLength(1, FILTERS),
  z.maxLength(FILTERS_MAX, FILTERS),
  z.refine((each) => new Set(each).size === each.length, FILTERS),
)
const url = z
  .string(URL_FORM)
  .check(z.maxLength(URL_LENGTH_MAX, URL_FORM), z.refine(isUrl, URL_FORM))
const description = prose(512)

const webhookInput = body({ url, events, description: z.exactOptional(description) })

const webhookPatch = body({
  url: z.exactOptional(url),
  events: z.exactOptional(events),
  description: removable(description),
  enabled: z.exactOptional(flag),
})

export type WebhookInput = z.infer<typeof webhookInput>
export type WebhookPatch = z.infer<typeof webhookPatch>

/** An endpoint in an answer; its secret only where that is made. */
export const webhook = z.object({
  id: madeId('wh'),
  url: z.string(),
  events: z.array(z.string()),
  description: z.nullable(z.string()),
  enabled: z.boolean(),
  disabledAt: z.nullable(instantText),
  disabledBecause: z.nullable(z.enum(['asked', 'gone', 'failing'])),
  /** Since when every message has failed; null while they are received. */
  failingSince: z.nullable(instantText),
  /** Until when an older secret signs too. */
  overlapEndsAt: z.nullable(instantText),
  createdAt: instantText,
  revision: z.int(),
})

/** What came of one message. */
export const webhookAttempt = z.object({
  id: madeId('att'),
  webhookId: madeId('wh'),
  eventId: madeId('evt'),
  eventType: z.string(),
  kind: z.enum(['delivery', 'test', 'replay']),
  number: z.int(),
  at: instantText,
  durationMs: z.int(),
  delivered: z.boolean(),
  status: z.nullable(z.int()),
  failure: z.nullable(z.enum(['status', 'redirect', 'timeout', 'unreachable', 'url_not_allowed'])),
  response: z.nullable(z.string()),
  nextTryAt: z.nullable(instantText),
})

export type WebhookAnswer = z.infer<typeof webhook>
export type AttemptAnswer = z.infer<typeof webhookAttempt>

const params = body({ webhookId: madeId('wh') })
const nothing = z.prefault(body({}), {})
/** The secret is in the first answer only: what is kept of an answer for its idempotency key is without. */
const withSecret = z.extend(webhook, { secret: z.optional(z.string()) })

export const createWebhook = { body: webhookInput, answer: withSecret }
export const listWebhooks = { query: body(PAGE_QUERY), answer: pageOf(webhook) }
export const getWebhook = { params, answer: webhook }
export const patchWebhook = { params, body: webhookPatch, answer: webhook }
export const deleteWebhook = { params, answer: webhook }
export const rotateWebhookSecret = {
  params,
  body: body({ overlapSeconds: integer(0, OVERLAP_SECONDS_MAX) }),
  answer: withSecret,
}
export const testWebhook = { params, body: nothing, answer: webhookAttempt }
export const listWebhookAttempts = {
  params,
  query: body(PAGE_QUERY),
  answer: pageOf(webhookAttempt),
}
export const replayWebhookAttempt = {
  params: body({ webhookId: madeId('wh'), attemptId: madeId('att') }),
  body: nothing,
  answer: webhookAttempt,
}

function isUrl(text: string): boolean {
  return URL.canParse(text)
}

function isFilter(text: string): boolean {
  if (text === '*') return true
  const prefix = text.endsWith('.*') ? text.slice(0, -1) : null
  return EVENT_TYPES.some((type) => type === text || (prefix !== null && type.startsWith(prefix)))
}
