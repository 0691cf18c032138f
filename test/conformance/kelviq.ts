/** Kelviq's own SDK, pointed at the service, and requests as other clients of Kelviq's API send them. */
import { Kelviq } from '@kelviq/node-sdk'
import type { OutgoingHttpHeaders } from 'node:http'
import { KEY, ORIGIN, type Reply, send } from '../support/service.ts'

/** What an application changes: two addresses, and the key. */
export function kelviqWith(accessToken: string, adapter?: 'fetch'): Kelviq {
  const there = { baseUrl: ORIGIN, edgeApiUrl: ORIGIN }
  return new Kelviq({ accessToken, ...there, logger: false, ...(adapter && { adapter }) })
}

export const kelviq: Kelviq = kelviqWith(KEY)

/** The same through the adapter that Workers have. */
export const kelviqByFetch: Kelviq = kelviqWith(KEY, 'fetch')

/** A request below `/api/v1`, as it stands. */
export function raw(
  method: string,
  path: string,
  body?: unknown,
  headers: OutgoingHttpHeaders = {},
): Promise<Reply> {
  return send({
    method,
    path: `/api/v1${path}`,
    headers: {
      Authorization: `Bearer ${KEY}`,
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

/** What the SDK throws, for a test to look at. */
export async function thrownBy(call: Promise<unknown>): Promise<{
  readonly name: string
  readonly message: string
  readonly statusCode?: number
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly details?: any
}> {
  try {
    await call
  } catch (thrown) {
    if (thrown instanceof Error) return thrown
  }
  throw new Error('It was expected to throw an error.')
}
