/** Sends requests: with a credential, in time, again where that is safe, and never twice for one effect. */
import type { Connection, ServiceReply, ServiceRequest } from '../contract.ts'
import type { Consistency } from './consistency.ts'
import type { Credential } from './credential.ts'
import { SluiceError } from './error.ts'
import { readReply } from './reply.ts'
import type { Ports } from './ports.ts'
import { earn, type RetryBudget, spend, waitBefore } from './retry.ts'
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

async function send<T>(terms: Terms, asked: ServiceRequest): Promise<ServiceReply<T>> {
  const { consistency, ports, retryBudget } = terms
  // By this key the service knows a request that it has answered already: it is one for all attempts.
  const made = asked.method === 'POST' ? crypto.randomUUID() : null
  const { idempotencyKey = made, signal } = asked
  const request = { ...asked, idempotencyKey }
  const endsAt = ports.now() + (asked.budgetMs ?? terms.budgetMs)
  for (let attempt = 0; ; attempt += 1) {
    try {
      const reply = await inTime<T>(terms, request, endsAt - ports.now())
      earn(retryBudget)
      const { consistencyToken } = (reply.body ?? {}) as Partial<Changed>
      if (consistencyToken) consistency.note(consistencyToken)
      return reply
    } catch (problem) {
      if (!(problem instanceof SluiceError && problem.retryable)) throw problem
      const waitMs = waitBefore(attempt, ports.random(), problem.retryAfterMs)
      const isLast = attempt >= terms.retries || ports.now() + waitMs >= endsAt
      if (isLast || !spend(retryBudget)) throw Object.assign(problem, { idempotencyKey })
      terms.onProblem(problem, 'retry')
      await until(signal, ports.sleep(waitMs))
    }
  }
}

interface Changed {
  readonly consistencyToken: string | null
}

/** One attempt, from the credential to the last byte of the answer. */
async function inTime<T>(
  terms: Terms,
  request: ServiceRequest,
  leftMs: number,
): Promise<ServiceReply<T>> {
  const { timeoutMs = terms.timeoutMs, signal: caller } = request
  const limit = AbortSignal.timeout(Math.max(0, Math.min(timeoutMs, leftMs)))
  const signal = caller ? AbortSignal.any([limit, caller]) : limit
  try {
    return await until(signal, exchange<T>(terms, request, signal))
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    caller?.throwIfAborted()
    const code = limit.aborted ? 'timed_out' : 'unreachable'
    throw new SluiceError(code, { message: `${terms.url} ${code}`, retryable: true, cause })
  }
}

/** Sends it, once more with another credential where the first one is refused. */
async function exchange<T>(
  { url, credential, consistency, fetch }: Terms,
  request: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceReply<T>> {
  const { method, path, body, idempotencyKey, customerIds = [] } = request
  for (let isAnother = false; ; isAnother = true) {
    const text = await credential.text()
    const own = credential.customerId() ?? ''
    const token = consistency.tokenFor(customerIds.map((id) => id ?? own))
    const response = await fetch(url + path.replace('{customerId}', encodeURIComponent(own)), {
      method,
      headers: {
        Authorization: `Bearer ${text}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
        ...(token && { 'Consistency-Token': token }),
        ...request.headers,
      },
      redirect: 'manual',
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (response.status !== 401 || isAnother || !credential.renew(text)) return readReply(response)
    void response.body?.cancel()
  }
}
