import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../dev/refusal.ts'

const TRIES = 4
/** Of a body that was refused. */
const SHOWN_MAX = 2_000

export interface Answer {
  readonly status: number
  readonly body: { readonly [field: string]: unknown }
}

/** The service under `/v1`, as a seed calls it. */
export interface Client {
  /** Answers 2xx, and 404 to a GET; refuses on everything else with what the service says. */
  send(
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<Answer>
}

/** A client of the service at `url`. Repeats what may be repeated: every POST that it is given a key for. */
export function client(url: string, key: string): Client {
  return {
    send: async (method, path, body, idempotencyKey) => {
      const request = {
        method,
        headers: {
          Authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }
      for (let tried = 1; ; tried++) {
        const answer = await attempt(`${url.replace(/\/$/, '')}/v1${path}`, request)
        if (answer.status < 300 || (answer.status === 404 && method === 'GET')) return answer
        const transient = answer.status >= 500 || answer.status === 429
        if (!transient || tried === TRIES)
          throw new Refusal(
            `${method} ${path}: ${said(answer)}\nSent: ${request.body?.slice(0, SHOWN_MAX) ?? 'nothing'}`,
          )
        await sleep(250 * 2 ** tried)
      }
    },
  }
}

async function attempt(url: string, request: RequestInit): Promise<Answer> {
  const response = await fetch(url, request).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
    throw new Refusal(
      `${url} cannot be reached. ${cause}\nIs it running? \`npm run dev\` starts one.`,
    )
  })
  const content = await response.text()
  try {
    return { status: response.status, body: { ...JSON.parse(content) } }
  } catch {
    return { status: response.status, body: { detail: content.slice(0, 300) } }
  }
}

function said({ status, body }: Answer): string {
  const errors = body['errors'] === undefined ? '' : `\n${JSON.stringify(body['errors'], null, 2)}`
  return `${status} ${text(body['code'])} ${text(body['detail'])}${errors}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
