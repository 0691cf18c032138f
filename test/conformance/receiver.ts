/** Somebody's server, over real sockets: what it has received, in order, and how it answers. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly event: any
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** How it answers from now on. */
  answer(how: (message: Received) => Answer): void
  /** The first message that fits, as soon as it has come. */
  first(fits: (message: Received) => boolean): Promise<Received>
  close(): Promise<void>
}

/** A message is a moment on its way; a busy machine takes longer. */
const PATIENCE_MS = 20_000

/** Opens a server on a free port of this machine. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let how: (message: Received) => Answer = () => ({ status: 204 })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const { url: path = '', headers } = request
      const message = { path, headers, body, event: JSON.parse(body) }
      received.push(message)
      const answer = how(message)
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${portOf(server)}/hooks`,
    received,
    answer: (next) => {
      how = next
    },
    first: (fits) =>
      vi.waitFor(
        () => {
          const message = received.find(fits)
          if (message === undefined) throw new Error('it has not come')
          return message
        },
        { timeout: PATIENCE_MS, interval: 50 },
      ),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function portOf(server: Server): number {
  // Of a server that listens on a port.
  return (server.address() as AddressInfo).port
}
