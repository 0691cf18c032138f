/** The wire between a caller and the service, when it is bad: what was asked for happens, and the answer never comes. */
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { ORIGIN } from '../support/service.ts'

/**
 * What becomes of a request: `passes`; `lost` on its way; `unheard`, cut after the service has answered; `torn`, cut in the
 * middle of the answer.
 */
export type Fate = 'passes' | 'lost' | 'unheard' | 'torn'

export interface Lossy {
  readonly url: string
  /** How many requests had which fate. */
  readonly fates: Readonly<Record<Fate, number>>
  readonly close: () => Promise<void>
}

/** A way to the service on which `fateOf` decides, by the request's number. */
export async function lossy(fateOf: (nth: number) => Fate): Promise<Lossy> {
  const fates = { passes: 0, lost: 0, unheard: 0, torn: 0 }
  let count = 0
  const server = createServer((incoming, response) => {
    const fate = fateOf(count++)
    fates[fate] += 1
    if (fate === 'lost') return void incoming.socket.destroy()
    forward(incoming, response, fate)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, fates, close: () => closed(server) }
}

function forward(incoming: IncomingMessage, response: ServerResponse, fate: Fate): void {
  const { method, url: path, headers } = incoming
  const outgoing = request(ORIGIN + path, { method, headers, agent: false }, (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () => {
      const body = Buffer.concat(chunks)
      if (fate === 'unheard') return void incoming.socket.destroy()
      // It has come in one piece, and goes on so.
      const { 'transfer-encoding': _, ...kept } = answer.headers
      response.writeHead(answer.statusCode ?? 502, { ...kept, 'content-length': body.length })
      if (fate === 'passes') response.end(body)
      else response.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy())
    })
  })
  outgoing.on('error', () => incoming.socket.destroy())
  incoming.pipe(outgoing)
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
