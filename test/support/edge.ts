/** The Worker as a caller meets it: requests in, responses out, over bindings that a test may wrap. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { type Scope, hashKey, makeSecretKey } from '../../schema/keys.ts'
import worker from '../../worker/index.ts'
import type { Secrets } from '../../worker/ports.ts'

/** An answer, read whole. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

export interface Edge {
  /** Sends a request with the edge's key, unless `headers` say otherwise, and waits for nothing but the answer. */
  readonly send: (method: string, path: string, options?: Sending) => Promise<Reply>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Reply>
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Reply>
  /** Waits until everything that went on behind the answers is done. */
  readonly settle: () => Promise<void>
}

export interface Sending {
  /** An object is sent as JSON, text as it is. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export const ORIGIN = 'https://sluice.test'

/** A Worker over these bindings. Isolate memory is shared by all edges of a test: `clearIsolate` makes a new one. */
export function edge(key: string | null, bindings: Partial<Env & Secrets> = {}): Edge {
  const contexts: ExecutionContext[] = []
  const send = async (method: string, path: string, { body, headers = {} }: Sending = {}) => {
    const context = createExecutionContext()
    contexts.push(context)
    const request = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, {
      method,
      headers: {
        ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return replyFrom(await worker.fetch(request, { ...env, ...bindings }, context))
  }
  return {
    send,
    get: (path, headers = {}) => send('GET', path, { headers }),
    post: (path, body, headers = {}) => send('POST', path, { body, headers }),
    settle: async () => {
      for (const context of contexts.splice(0)) await waitOnExecutionContext(context)
    },
  }
}

/** Puts a key into D1 and returns its text. */
export async function makeKey(
  scopes: readonly Scope[] = ['manage'],
  fields: {
    readonly expiresAt?: number
    readonly revokedAt?: number
    readonly environment?: 'sandbox' | 'production'
  } = {},
): Promise<string> {
  const key = makeSecretKey(
    fields.environment ?? 'sandbox',
    crypto.getRandomValues(new Uint8Array(64)),
  )
  await env.DB.prepare(
    `INSERT INTO keys (id, hash, name, scopes, last_four, created_at, expires_at, revoked_at)
     VALUES (?, ?, 'test', ?, ?, 0, ?, ?)`,
  )
    .bind(
      `key_${key.slice(-12).toLowerCase()}`,
      await hashKey(key),
      JSON.stringify(scopes),
      key.slice(-4),
      fields.expiresAt ?? null,
      fields.revokedAt ?? null,
    )
    .run()
  return key
}

async function replyFrom(response: Response): Promise<Reply> {
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.includes('json') === true
  const body = isJson ? (JSON.parse(text) as Reply['body']) : { text }
  return { status: response.status, headers: response.headers, body }
}
