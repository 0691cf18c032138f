/** Sends requests: with a credential, in time, again where that is safe, and never twice for one effect. */
import type { Connection, ServiceReply, ServiceRequest } from '../contract.ts'
import type { Consistency } from './consistency.ts'
import type { Credential } from './credential.ts'
import { SluiceError } from './error.ts'
import { readReply } from './reply.ts'
import type { Ports } from './ports.ts'
import { type RetryBudget, waitBefore } from './retry.ts'
import { until } from './until.ts'

/** What becomes of a call after a failure that its caller does not hear of. */
export type Sequel = 'retry' | 'fallback'

export interface Terms {
  /** Without a slash at its end. */
  readonly url: string
  readonly credential: Credential
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly timeoutMs: number
  readonly budgetMs: number
  readonly retries: number
  readonly retryBudget: RetryBudget
  readonly consistency: Consistency
  readonly onProblem: (problem: SluiceError, sequel: Sequel) => void
  readonly ports: Ports
}

/** A way to the service on these terms. */
export function transport(terms: Terms): Connection {
  return { send: <T>(request: ServiceRequest) => send<T>(terms, request) }
}

async function send<T>(terms: Terms, request: ServiceRequest): Promise<ServiceReply<T>> {
  const { consistency, ports, retryBudget } = terms
  const headers = headersFor(request, consistency)
  const endsAt = ports.now() + (request.budgetMs ?? terms.budgetMs)
  for (let attempt = 0; ; attempt += 1) {
    try {
      const reply = await inTime<T>(terms, request, headers, endsAt - ports.now())
      retryBudget.earn()
      consistency.note(tokenIn(reply.body))
      return reply
    } catch (problem) {
      if (!(problem instanceof SluiceError && problem.retryable)) throw problem
      const waitMs = waitBefore(attempt, ports.random(), problem.retryAfterMs)
      const isLast = attempt >= terms.retries || ports.now() + waitMs >= endsAt
      if (isLast || !retryBudget.spend()) throw problem
      terms.onProblem(problem, 'retry')
      await until(request.signal, ports.sleep(waitMs))
    }
  }
}

type Headed = Record<string, string>

/** One attempt, from the credential to the last byte of the answer. */
async function inTime<T>(
  terms: Terms,
  request: ServiceRequest,
  headers: Headed,
  leftMs: number,
): Promise<ServiceReply<T>> {
  const limit = AbortSignal.timeout(
    Math.max(0, Math.min(request.timeoutMs ?? terms.timeoutMs, leftMs)),
  )
  const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit
  try {
    return await until(signal, exchange<T>(terms, request, headers, signal))
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    request.signal?.throwIfAborted()
    const code = limit.aborted ? 'timed_out' : 'unreachable'
    throw new SluiceError(code, { message: `${terms.url} ${code}`, retryable: true, cause })
  }
}

/** Sends it, once more with another credential where the first one is refused. */
async function exchange<T>(
  terms: Terms,
  { method, path, body }: ServiceRequest,
  headers: Headed,
  signal: AbortSignal,
): Promise<ServiceReply<T>> {
  const init: RequestInit = { method, headers, redirect: 'manual', signal }
  if (body !== undefined) init.body = JSON.stringify(body)
  for (let isAnother = false; ; isAnother = true) {
    const credential = await terms.credential.text()
    headers['Authorization'] = `Bearer ${credential}`
    const response = await terms.fetch(terms.url + path, init)
    if (response.status === 401 && !isAnother && terms.credential.renew(credential)) continue
    return readReply<T>(response)
  }
}

/** Those of every attempt: the key above all, by which the service knows a request that it has answered already. */
function headersFor(request: ServiceRequest, consistency: Consistency): Headed {
  const { method, body, customerIds = [] } = request
  const made = method === 'POST' ? crypto.randomUUID() : null
  const { idempotencyKey = made } = request
  const token = consistency.tokenFor(customerIds)
  return {
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(idempotencyKey !== null && { 'Idempotency-Key': idempotencyKey }),
    ...(token && { 'Consistency-Token': token }),
    ...request.headers,
  }
}

/** Of a change; empty where nothing has changed. */
function tokenIn(body: unknown): string {
  const { consistencyToken } = (body ?? {}) as { readonly consistencyToken?: string | null }
  return consistencyToken ?? ''
}
