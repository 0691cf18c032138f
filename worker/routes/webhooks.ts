/** Webhook endpoints over HTTP. */
import { ok } from '../../entitlements/result.ts'
import type { WebhookInput, WebhookPatch } from '../../schema/wire/webhook.ts'
import { page, type PageQuery } from '../paging.ts'
import type { Handler } from '../route.ts'
import { tagOf } from '../tag.ts'
import {
  attemptList,
  attemptView,
  replayAttempt,
  testWebhook as test,
} from '../webhooks/attempts.ts'
import {
  createWebhook as create,
  deleteWebhook as remove,
  findWebhook,
  patchWebhook as patch,
  webhookList,
  webhookView,
} from '../webhooks/endpoints.ts'
import { rotateSecret } from '../webhooks/rotate.ts'

interface Params {
  readonly webhookId: string
}

type AttemptParams = Params & { readonly attemptId: string }

export const listWebhooks: Handler<unknown, PageQuery> = (call) =>
  page(call, webhookList(call.ports), (row) => webhookView(row, call.now))

export const createWebhook: Handler<unknown, unknown, WebhookInput> = (call) =>
  create(call, call.body)

export const getWebhook: Handler<Params> = async (call) => {
  const row = await findWebhook(call, call.params.webhookId)
  if (!row.ok) return row
  return ok({ body: webhookView(row.value, call.now), etag: tagOf(row.value.revision) })
}

export const patchWebhook: Handler<Params, unknown, WebhookPatch> = (call) =>
  patch(call, call.params.webhookId, call.body)

export const deleteWebhook: Handler<Params> = (call) => remove(call, call.params.webhookId)

export const rotateWebhookSecret: Handler<Params, unknown, { readonly overlapSeconds: number }> = (
  call,
) => rotateSecret(call, call.params.webhookId, call.body)

export const testWebhook: Handler<Params> = (call) => test(call, call.params.webhookId)

export const listWebhookAttempts: Handler<Params, PageQuery> = async (call) => {
  const { webhookId } = call.params
  const row = await findWebhook(call, webhookId)
  return row.ok ? page(call, attemptList(call.ports, webhookId), attemptView) : row
}

export const replayWebhookAttempt: Handler<AttemptParams> = (call) =>
  replayAttempt(call, call.params.webhookId, call.params.attemptId)
