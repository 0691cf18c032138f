/** Keys, webhook endpoints, allowed origins and the log of changes, as pages ask for them. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { AuditEntry } from '../../schema/wire/audit.ts'
import type { createKey, key } from '../../schema/wire/key.ts'
import type { PaymentProviderStatus, PaymentStatus } from '../../schema/wire/payment-status.ts'
import type { EventAnswer } from '../../schema/wire/event.ts'
import type {
  AttemptAnswer,
  WebhookAnswer,
  WebhookInput,
  WebhookPatch,
} from '../../schema/wire/webhook.ts'
import type { Page } from './customers.ts'
import { path, Problem, request } from './request.ts'
import type { Role } from './session.ts'

export type ApiKey = z.infer<typeof key>
export type NewKey = z.infer<typeof createKey.answer>
export type Scope = ApiKey['scopes'][number]
export type Webhook = WebhookAnswer
export type Attempt = AttemptAnswer
export type Actor = AuditEntry['actor']
export type { AuditEntry, EventAnswer, PaymentProviderStatus, PaymentStatus }
export type { WebhookInput, WebhookPatch }

export const keysQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ['keys', cursor],
    queryFn: ({ signal }) => request<Page<ApiKey>>('GET', path(['keys'], { cursor }), { signal }),
  })

/** The key itself is in this answer alone. */
export function makeKey(input: {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly role: Role | null
  readonly expiresAt: string | null
}): Promise<NewKey> {
  return request('POST', path(['keys']), { body: input })
}

export function revokeKey(keyId: string): Promise<ApiKey> {
  return request('DELETE', path(['keys', keyId]))
}

/** Makes a successor; both work until the overlap is over. */
export function rotateKey(keyId: string, overlapSeconds: number): Promise<NewKey> {
  return request('POST', path(['keys', keyId, 'rotate']), { body: { overlapSeconds } })
}

export const webhooksQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ['webhooks', cursor],
    queryFn: ({ signal }) =>
      request<Page<Webhook>>('GET', path(['webhooks'], { cursor }), { signal }),
  })

export const webhookQuery = (webhookId: string) =>
  queryOptions({
    queryKey: ['webhooks', 'one', webhookId],
    queryFn: ({ signal }) => request<Webhook>('GET', path(['webhooks', webhookId]), { signal }),
  })

/** The newest go on coming in; older ones stay as they are. */
export const attemptsQuery = (webhookId: string, cursor?: string) =>
  queryOptions({
    queryKey: ['webhooks', 'attempts', webhookId, cursor],
    queryFn: ({ signal }) =>
      request<Page<Attempt>>('GET', path(['webhooks', webhookId, 'attempts'], { cursor }), {
        signal,
      }),
    refetchInterval: cursor === undefined ? 5_000 : false,
  })

/** What happened; null where it is older than what is kept. */
export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['events', eventId],
    queryFn: async ({ signal }): Promise<EventAnswer | null> => {
      try {
        return await request<EventAnswer>('GET', path(['events', eventId]), { signal })
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.status === 404) return null
        throw thrown
      }
    },
    staleTime: Infinity,
  })

type WithSecret = Webhook & { readonly secret?: string }

export function createWebhook(webhook: WebhookInput): Promise<WithSecret> {
  return request('POST', path(['webhooks']), { body: webhook })
}

/** Changes an endpoint, if it still is as it was read. */
export function patchWebhook({ id, revision }: Webhook, patch: WebhookPatch): Promise<Webhook> {
  return request('PATCH', path(['webhooks', id]), { body: patch, ifMatch: `"${revision}"` })
}

export function deleteWebhook(webhookId: string): Promise<Webhook> {
  return request('DELETE', path(['webhooks', webhookId]))
}

export function rotateSecret(webhookId: string, overlapSeconds: number): Promise<WithSecret> {
  return request('POST', path(['webhooks', webhookId, 'rotate-secret']), {
    body: { overlapSeconds },
  })
}

export function testWebhook(webhookId: string): Promise<Attempt> {
  return request('POST', path(['webhooks', webhookId, 'test']), { body: {} })
}

export function replayAttempt(webhookId: string, attemptId: string): Promise<Attempt> {
  return request('POST', path(['webhooks', webhookId, 'attempts', attemptId, 'replay']), {
    body: {},
  })
}

export interface Origins {
  readonly origins: readonly string[]
  readonly revision: number
}

export const originsQuery = queryOptions({
  queryKey: ['origins'],
  queryFn: ({ signal }) => request<Origins>('GET', path(['settings', 'origins']), { signal }),
})

/** One origin more, or one less. */
export type OriginChange = { readonly allow: string } | { readonly remove: string }

/** How often somebody else may come between reading the origins and setting them. */
const ORIGIN_TRIES = 3

/** Changes one of the origins as they are now, and leaves alone what somebody else has allowed meanwhile. */
export async function changeOrigins(change: OriginChange, tries = ORIGIN_TRIES): Promise<Origins> {
  const { origins, revision } = await request<Origins>('GET', path(['settings', 'origins']))
  const said = 'allow' in change ? change.allow : change.remove
  const isKept = (each: string) => 'allow' in change || each !== said
  const added = 'allow' in change && !origins.includes(said) ? [said] : []
  const body = { origins: [...origins.filter(isKept), ...added] }
  try {
    return await request('PUT', path(['settings', 'origins']), { body, ifMatch: `"${revision}"` })
  } catch (thrown) {
    const isBehind = thrown instanceof Problem && thrown.code === 'revision_mismatch'
    if (!isBehind || tries <= 1) throw thrown
    return changeOrigins(change, tries - 1)
  }
}

/** What the log of changes may be narrowed by. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly resource?: string | undefined
  readonly customerId?: string | undefined
  readonly cursor?: string | undefined
  readonly pageSize?: string
}

export const auditQuery = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ signal }) =>
      request<Page<AuditEntry>>('GET', path(['audit'], { ...filter }), { signal }),
  })

/** Who takes payments, what they told last, and what needs somebody. */
export const paymentsQuery = queryOptions({
  queryKey: ['payments'],
  queryFn: ({ signal }) =>
    request<PaymentStatus>('GET', path(['settings', 'payments']), { signal }),
  refetchInterval: 30_000,
})
