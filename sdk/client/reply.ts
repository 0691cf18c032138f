/** From what came over the wire to an answer or an error, whoever sent it. */
import type { Problem } from '../../schema/calls.ts'
import type { ServiceReply } from '../contract.ts'
import { SluiceError } from './error.ts'

/** Several times what the largest answer can be. */
const BYTES_MAX = 32 * 1024 * 1024

/** The reply; throws `SluiceError` where it is none of Sluice's, or a problem. */
export async function readReply<T>(response: Response): Promise<ServiceReply<T>> {
  const { status, headers, ok } = response
  const body = status === 304 ? undefined : parsed(await textOf(response))
  if (status === 304 || (ok && body)) return { status, headers, body: body as T }
  throw refusalFrom(status, headers, body)
}

/** Something answered that is not Sluice, or not any more. */
export function unreadable(status: number, retryable: boolean): SluiceError {
  const message = `Not an answer of Sluice (status ${status}).`
  return new SluiceError('unreadable', { message, status, retryable })
}

function refusalFrom(
  status: number,
  headers: Headers,
  problem: Partial<Problem> = {},
): SluiceError {
  // Redirects are not followed: they would take the credential along, or turn a POST into a GET.
  const retryable = status < 400 || status === 408 || status === 429 || status >= 500
  const { code, detail: message = code, requestId, errors } = problem
  if (!code || !message) return unreadable(status, retryable)
  const seconds = Number(headers.get('Retry-After') ?? NaN)
  const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined
  return new SluiceError(code, { message, status, retryable, requestId, errors, retryAfterMs })
}

/** An object; undefined for anything else. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

async function textOf(response: Response): Promise<string> {
  // Some platforms have no streams, and some answers no body.
  if (!response.body) return response.text()
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let left = BYTES_MAX; ;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    left -= value.length
    text += decoder.decode(value, { stream: true })
    if (left > 0) continue
    reader.cancel().catch(() => undefined)
    throw unreadable(response.status, true)
  }
}
