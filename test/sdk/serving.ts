/** Servers on loopback that answer as a test says, however badly. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import type { Ports } from '../../sdk/client/ports.ts'

export interface Received {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly body: any
}

/** Answers one request; `nth` counts from 0. */
export type Answering = (response: ServerResponse, request: Received, nth: number) => void

export interface Serving {
  readonly url: string
  /** What has come, in order. */
  readonly received: readonly Received[]
}

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A server until the end of the test. */
export async function serving(answer: Answering): Promise<Serving> {
  const received: Received[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request = receivedFrom(incoming, Buffer.concat(chunks).toString())
      received.push(request)
      answer(response, request, received.length - 1)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}

/** Sends JSON. */
export function json(response: ServerResponse, body: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Sends a problem, as the service words it. */
export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const said = { type: `/errors#${code}`, title: code, status, detail: `It is ${code}.`, code }
  json(response, { ...said, requestId: 'request-1' }, status, headers)
}

/** An answer to a question, as far as a client looks at it. */
export function verdictOn({ query }: Received, fields: object = {}): object {
  const featureId = query.get('featureId')
  return { customerId: query.get('customerId'), featureId, hasAccess: true, ageMs: 0, ...fields }
}

/** Time that passes only while somebody waits, and what was waited for. */
export function handClock(
  random = 1,
): Ports & { readonly waits: number[]; pass(ms: number): void } {
  const waits: number[] = []
  let now = 1_000_000
  return {
    waits,
    pass: (ms) => (now += ms),
    now: () => now,
    sleep: async (ms) => {
      waits.push(ms)
      now += ms
    },
    random: () => random,
  }
}

function receivedFrom(incoming: IncomingMessage, text: string): Received {
  const { pathname: path, searchParams: query } = new URL(incoming.url ?? '', 'http://server')
  const body: unknown = text === '' ? undefined : JSON.parse(text)
  return { method: incoming.method ?? '', path, query, headers: incoming.headers, body }
}
