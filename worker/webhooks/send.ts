/** Sending one message, and what came back. */
import type { Instant } from '../../entitlements/instant.ts'
import type { SendFailure } from '../../schema/tables/webhooks.ts'
import type { Ports } from '../ports.ts'
import type { Message } from './message.ts'

/** What came of sending a message. */
export interface Reception {
  readonly at: Instant
  readonly durationMs: number
  /** Null: there was no answer. */
  readonly status: number | null
  /** Null: it was received. */
  readonly failure: SendFailure | null
  /** How the answer began. */
  readonly response: string | null
  /** As its header asks. */
  readonly retryAfter: string | null
}

/** No more of an answer is read, and so much of that is kept. */
const READ_BYTES_MAX = 4 * 1024
const KEPT_LENGTH_MAX = 512

type Answered = Pick<Reception, 'status' | 'failure' | 'response' | 'retryAfter'>

/** Sends a message and waits for its answer, but no longer than `limitMs`. Never throws. */
export async function send(
  { fetch, clock }: Pick<Ports, 'fetch' | 'clock'>,
  url: string,
  message: Message,
  limitMs: number,
): Promise<Reception> {
  const at = clock.now()
  const stop = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const settled = clock.after(limitMs, () => {
    resolve('late')
    stop.abort()
  })
  const { signal } = stop
  const request = new Request(url, { method: 'POST', ...message, redirect: 'manual', signal })
  const answer = await answerTo(fetch, request, late).catch(() => unanswered('unreachable'))
  settled()
  return { at, durationMs: Math.max(0, clock.now() - at), ...answer }
}

/** What came of a message that was not sent. */
export function unsent(at: Instant): Reception {
  return { at, durationMs: 0, ...unanswered('url_not_allowed') }
}

function unanswered(failure: SendFailure): Answered {
  return { status: null, failure, response: null, retryAfter: null }
}

/** Once there is a status it stands, however slowly the rest of the answer comes. */
async function answerTo(
  fetch: Ports['fetch'],
  request: Request,
  late: Promise<'late'>,
): Promise<Answered> {
  const response = await Promise.race([fetch(request), late])
  if (response === 'late') return unanswered('timeout')
  const { status, headers } = response
  const beginning = await Promise.race([beginningOf(response), late])
  return {
    status,
    failure: failureOf(status),
    response: beginning === 'late' ? null : beginning,
    retryAfter: headers.get('Retry-After'),
  }
}

function failureOf(status: number): SendFailure | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirect' : 'status'
}

/** How an answer's body begins; whatever is wrong with it, the message has been answered. */
async function beginningOf({ body }: Response): Promise<string | null> {
  if (body === null) return null
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  try {
    for await (const chunk of body) {
      const room = chunk.subarray(0, READ_BYTES_MAX - bytes)
      text += decoder.decode(room, { stream: true })
      bytes += room.length
      // Leaving the loop cancels the rest.
      if (bytes >= READ_BYTES_MAX) break
    }
  } catch {
    return printable(text)
  }
  return printable(text)
}

function printable(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, KEPT_LENGTH_MAX)
    .toWellFormed()
}
