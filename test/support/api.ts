/** The service over HTTP, as a caller with a key that may do everything. */
import { env, exports } from 'cloudflare:workers'
import { hashKey, makeSecretKey, type Scope, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'

/** A JSON answer; `body` is untyped because tests ask of it what the documentation promises. */
export interface ApiAnswer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly body: any
  readonly headers: Headers
}

/** One caller. Paths begin below `/v1`. */
export interface Api {
  get(path: string, headers?: HeadersInit): Promise<ApiAnswer>
  delete(path: string, headers?: HeadersInit): Promise<ApiAnswer>
  post(path: string, body?: unknown, headers?: HeadersInit): Promise<ApiAnswer>
  put(path: string, body: unknown, headers?: HeadersInit): Promise<ApiAnswer>
  patch(path: string, body: unknown, headers?: HeadersInit): Promise<ApiAnswer>
}

/** Makes a key known to D1, and returns its text. */
export async function makeKey(...scopes: readonly Scope[]): Promise<string> {
  const key = makeSecretKey('sandbox', crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
  const hash = await hashKey(key)
  await env.DB.prepare(
    'INSERT INTO keys (id, hash, name, scopes, last_four, created_at) VALUES (?, ?, ?, ?, ?, 0)',
  )
    .bind(
      `key_${hash
        .slice(0, 8)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '0')}`,
      hash,
      'test',
      JSON.stringify(scopes),
      key.slice(-4),
    )
    .run()
  return key
}

/** Makes a key known to D1 and calls the Worker with it. */
export async function apiWith(...scopes: Scope[]): Promise<Api> {
  const key = await makeKey(...scopes)
  const call = (method: string) => (path: string, body?: unknown, headers?: HeadersInit) =>
    send(key, method, path, body, headers)
  return {
    get: (path, headers) => call('GET')(path, undefined, headers),
    delete: (path, headers) => call('DELETE')(path, undefined, headers),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
  }
}

async function send(
  key: string,
  method: string,
  path: string,
  body: unknown,
  headers: HeadersInit = {},
): Promise<ApiAnswer> {
  const all = new Headers(headers)
  all.set('Authorization', `Bearer ${key}`)
  if (body !== undefined) all.set('Content-Type', 'application/json')
  const response = await exports.default.fetch(`https://sluice.test/v1${path}`, {
    method,
    headers: all,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text === '' ? null : JSON.parse(text),
    headers: response.headers,
  }
}
