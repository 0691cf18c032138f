/** How every page calls the API: with the session's cookie, and proof that the page itself asked. */
import { isAnswered, keyFor } from './repeat.ts'

/** What went wrong, in the API's own words. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: string
  readonly status: number
  readonly requestId: string | null
  /** What is wrong with which field; the pointer begins with a slash. */
  readonly fields: readonly { readonly pointer: string; readonly expected: string }[]

  constructor(status: number, said: Partial<ProblemAnswer>) {
    super(said.detail ?? said.title ?? 'The service did not answer.')
    this.code = said.code ?? 'unreachable'
    this.status = status
    this.requestId = said.requestId ?? null
    this.fields = said.errors ?? []
  }
}

interface ProblemAnswer {
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly requestId: string
  readonly errors: Problem['fields']
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Options {
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Only where it is still as it was read. */
  readonly ifMatch?: string
  /** Only where nothing is there yet. */
  readonly isNew?: boolean
}

let csrfToken: string | null = null
let onSignedOut: () => void = () => undefined
let onUsed: (path: string) => void = () => undefined
let onUnproved: () => Promise<void> = () => Promise.resolve()

/** Whom to tell that the session is over. */
export function whenSignedOut(tell: () => void): void {
  onSignedOut = tell
}

/** Whom to tell of each answer that somebody has got with the session. */
export function whenUsed(tell: (path: string) => void): void {
  onUsed = tell
}

/** Who finds out what the proof is now, after somebody has signed in beside this page; throws where they are another. */
export function whenUnproved(find: () => Promise<void>): void {
  onUnproved = find
}

/** What changing requests prove themselves with; it came with the session. */
export function proveWith(token: string | null): void {
  csrfToken = token
}

/** Sends one request below `/v1`; what it answers is what the route documents. Throws a `Problem`. */
export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const proof = csrfToken
  try {
    return await requestOnce<T>(method, path, options)
  } catch (thrown) {
    const isUnproved = thrown instanceof Problem && thrown.code === 'csrf_missing'
    if (!isUnproved || proof === null) throw thrown
    await onUnproved()
    if (csrfToken === proof) throw thrown
    return requestOnce<T>(method, path, options)
  }
}

async function requestOnce<T>(method: Method, path: string, options: Options): Promise<T> {
  const response = await fetch(`/v1${path}`, {
    method,
    headers: headersFor(method, path, options),
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: options.signal ?? null,
    credentials: 'same-origin',
  }).catch((thrown: unknown) => {
    if (options.signal?.aborted === true) throw thrown
    throw new Problem(0, {
      detail: 'The service cannot be reached. Look at your connection and try again.',
    })
  })
  const answer: unknown = await response.json().catch(() => null)
  if (method === 'POST' && response.status < 500) isAnswered(path, options.body)
  if (response.ok) {
    onUsed(path)
    return answer as T
  }
  if (response.status === 401) onSignedOut()
  throw new Problem(response.status, answer ?? {})
}

function headersFor(
  method: Method,
  path: string,
  { body, ifMatch, isNew = false }: Options,
): Record<string, string> {
  return {
    Accept: 'application/json',
    // Whom Cloudflare Access no longer knows then hears so, instead of being sent to a page that cannot be read.
    'X-Requested-With': 'XMLHttpRequest',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(ifMatch !== undefined && { 'If-Match': ifMatch }),
    ...(isNew && { 'If-None-Match': '*' }),
    ...(method !== 'GET' && csrfToken !== null && { 'Sluice-Csrf': csrfToken }),
    ...(method === 'POST' && { 'Idempotency-Key': keyFor(path, body) }),
  }
}

/** A path below `/v1`, with its parts encoded and its parameters where they are given. */
export function path(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | boolean | null | undefined>> = {},
): string {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const search = parameters.length === 0 ? '' : `?${new URLSearchParams(parameters)}`
  return `/${parts.map(encodeURIComponent).join('/')}${search}`
}
