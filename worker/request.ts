/** Reads the parts of a request, bounded and decoded once, before anything looks at what they mean. */
import { err, ok, type Result } from '../entitlements/result.ts'
import { IDEMPOTENCY_KEY } from '../schema/ids.ts'
import type { Failure } from './failures.ts'

const BODY_BYTES_MAX = 64 * 1024
const JSON_DEPTH_MAX = 16
const MEDIA_TYPES = ['application/json', 'application/merge-patch+json']
const FORM = 'application/x-www-form-urlencoded'

/** Keeps nothing between texts, so that all requests share it. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

type Parameters = Record<string, string>

/** Whether the caller takes JSON. */
export function isAcceptable(headers: Headers): boolean {
  const accept = headers.get('Accept')
  return accept === null || accept.includes('*') || accept.includes('json')
}

/** Path parameters as Hono decoded them; a path that is not valid percent-encoding is refused, not guessed at. */
export function readParams(path: string, params: Parameters): Result<Parameters, Failure> {
  if (!path.includes('%') || decoded(path) !== null) return ok(params)
  return invalid('', 'invalid_format', 'a path in valid percent-encoding')
}

/** The query's parameters; each may be given once. */
export function readQuery(url: string): Result<Parameters, Failure> {
  const at = url.indexOf('?')
  return at === -1 ? ok({}) : readPairs(url.slice(at + 1))
}

function readPairs(text: string): Result<Parameters, Failure> {
  const found: Parameters = {}
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const middle = pair.indexOf('=')
    const name = decoded(middle === -1 ? pair : pair.slice(0, middle))
    const value = middle === -1 ? '' : decoded(blanks(pair.slice(middle + 1)))
    if (name === null || value === null) {
      return invalid('', 'invalid_format', 'a query in valid percent-encoding')
    }
    // No route knows it, and assigning it would be no assignment.
    if (name === '__proto__') return invalid(`/${name}`, 'unknown_field', 'no such field')
    if (Object.hasOwn(found, name)) return invalid(`/${name}`, 'duplicate', 'to be given once')
    found[name] = value
  }
  return ok(found)
}

/** The body as JSON; undefined where there is none. */
export async function readBody(
  request: Request,
  bytesMax = BODY_BYTES_MAX,
): Promise<Result<unknown, Failure>> {
  const bytes = await readBounded(request, bytesMax)
  if (bytes === null) return err({ code: 'body_too_large', bytesMax })
  if (bytes.length === 0) return ok(undefined)
  const mediaType = mediaTypeOf(request)
  if (mediaType === null || !MEDIA_TYPES.includes(mediaType)) {
    return err({ code: 'unsupported_media_type', received: mediaType })
  }
  return parseBytes(bytes)
}

/** The body as it was sent; empty where there is none. Text that is not UTF-8 is no text. */
export async function readTextBody(
  request: Request,
  bytesMax = BODY_BYTES_MAX,
): Promise<Result<string, Failure>> {
  const bytes = await readBounded(request, bytesMax)
  if (bytes === null) return err({ code: 'body_too_large', bytesMax })
  try {
    return ok(UTF_8.decode(bytes))
  } catch {
    return invalid('', 'invalid_format', 'a body in UTF-8')
  }
}

/** The fields of a page's form, each of which may be sent once. */
export async function readFormBody(
  request: Request,
  bytesMax = BODY_BYTES_MAX,
): Promise<Result<Parameters, Failure>> {
  const mediaType = mediaTypeOf(request)
  if (mediaType !== FORM) {
    return err({ code: 'unsupported_media_type', received: mediaType, expected: FORM })
  }
  const text = await readTextBody(request, bytesMax)
  return text.ok ? readPairs(text.value) : text
}

/** The caller's idempotency key, if it sent one. */
export function readIdempotencyKey(request: Request): Result<string | null, Failure> {
  const key = request.method === 'POST' ? request.headers.get('Idempotency-Key') : null
  if (key === null || IDEMPOTENCY_KEY.test(key)) return ok(key)
  return err({ code: 'invalid_idempotency_key' })
}

function mediaTypeOf({ headers }: Request): string | null {
  return headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase() ?? null
}

/** The bytes of a body; null when they are too many. */
async function readBounded(request: Request, bytesMax: number): Promise<Uint8Array | null> {
  const length = request.headers.get('Content-Length')
  if (length === null) return readCounted(request.body, bytesMax)
  if (Number(length) > bytesMax) return null
  // HTTP holds a body to its length, so it is read in one piece, at a third of the cost. A calling Worker is held to
  // nothing, and is counted after the fact.
  const bytes = await request.bytes()
  return bytes.length > bytesMax ? null : bytes
}

/** Counts what arrives, and stops at the first chunk that is too much; null then. */
export async function readCounted(
  stream: ReadableStream<Uint8Array> | null,
  bytesMax: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream ?? []) {
    length += chunk.length
    if (length > bytesMax) return null
    chunks.push(chunk)
  }
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : joined(chunks, length)
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

function parseBytes(bytes: Uint8Array): Result<unknown, Failure> {
  try {
    return parseJson(UTF_8.decode(bytes))
  } catch {
    return err({ code: 'malformed_json' })
  }
}

/** A text as JSON, with what no route takes already refused. */
export function parseJson(text: string): Result<unknown, Failure> {
  try {
    const value: unknown = JSON.parse(text)
    const isEscaped = text.includes('\\u')
    if (isDeeper(value, JSON_DEPTH_MAX) || (isEscaped && !isUnicode(value)))
      return err({ code: 'malformed_json' })
    // Written out or escaped; where neither is in the text, no member can be named so.
    const pointer = isEscaped || text.includes('__proto__') ? prototypeIn(value) : null
    return pointer === null ? ok(value) : invalid(pointer, 'unknown_field', 'no such field')
  } catch {
    return err({ code: 'malformed_json' })
  }
}

function isDeeper(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depthMax === 0) return true
  // Lists by position and members without a list of them: a batch has a thousand items.
  if (Array.isArray(value)) return value.some((member) => isDeeper(member, depthMax - 1))
  for (const name in value) if (isDeeper(Reflect.get(value, name), depthMax - 1)) return true
  return false
}

/** In a query, and there alone, `+` stands for a blank. */
function blanks(text: string): string {
  return text.includes('+') ? text.replaceAll('+', ' ') : text
}

/** Half a surrogate pair, which only an escape can bring in, cannot be stored as it is. */
function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isUnicode(member))
}

/**
 * Where a member is named `__proto__`; null when none is. To JSON it is a name like any other, but what copies
 * objects loses it without a word, or takes it for their prototype.
 */
function prototypeIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  for (const [name, member] of Object.entries(value)) {
    const below = name === '__proto__' ? '' : prototypeIn(member)
    if (below !== null) return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}${below}`
  }
  return null
}

function decoded(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function invalid(pointer: string, code: string, expected: string): Result<never, Failure> {
  return err({ code: 'invalid_request', errors: [{ pointer, code, expected }] })
}
