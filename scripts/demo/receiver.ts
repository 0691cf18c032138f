/** Somebody who wants to hear of events: a small server that takes webhooks and believes only what is signed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { HOST } from '../dev/port.ts'

const BODY_BYTES_MAX = 64 * 1024

export interface Receiver {
  readonly url: string
  /** The secret that the service signs with; until it is known nothing is believed. */
  believe(secret: string): void
  /** Whether an event has come in, signed. */
  readonly has: (eventId: string) => boolean
  /** How many requests came in that nobody we know had signed. */
  readonly forged: () => number
  stop(): Promise<void>
}

/** Starts listening on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const received = new Set<string>()
  let webhook: Webhook | null = null
  let forged = 0
  const server = createServer((request, response) => {
    void take(request, response, (body, headers) => {
      try {
        webhook?.verify(body, headers)
        const id = headers['webhook-id']
        if (webhook === null || id === undefined) return 401
        received.add(id)
        return 204
      } catch {
        forged += 1
        return 401
      }
    })
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: HOST }, resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://${HOST}:${port}/hooks`,
    believe: (secret) => {
      webhook = new Webhook(secret)
    },
    has: (eventId) => received.has(eventId),
    forged: () => forged,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Judge = (body: string, headers: Record<string, string>) => number

async function take(request: IncomingMessage, response: ServerResponse, judge: Judge) {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length <= BODY_BYTES_MAX) chunks.push(bytes)
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  )
  const status = length > BODY_BYTES_MAX ? 413 : judge(Buffer.concat(chunks).toString(), headers)
  response.writeHead(status).end()
}
