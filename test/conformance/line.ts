/** A line between a client and the service that can be cut, and that may carry no sockets, as some networks do not. */
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface Line {
  readonly url: string
  /** How many requests to upgrade have come. */
  readonly upgrades: () => number
  /** Ends every connection, as a network that goes away. */
  readonly cut: () => void
  /** Whether a request to upgrade is passed on. */
  carriesSockets: boolean
  readonly close: () => Promise<void>
}

/** A line to the service at `origin`. */
export async function lineTo(origin: string, carriesSockets = true): Promise<Line> {
  const { hostname, port } = new URL(origin)
  const ends = new Set<Socket>()
  let upgrades = 0
  const keep = (socket: Socket): void => {
    ends.add(socket)
    socket.on('close', () => ends.delete(socket))
    // Cutting is what this is for.
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    keep(near)
    keep(far)
    far.pipe(near)
    near.on('data', (chunk: Buffer) => {
      // A connection that has carried requests may be asked to become a socket as well.
      const isUpgrade = /\r\nupgrade: websocket\r\n/i.test(chunk.toString('latin1'))
      if (isUpgrade) upgrades += 1
      if (isUpgrade && !line.carriesSockets) near.destroy()
      else far.write(chunk)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const cut = (): void => ends.forEach((socket) => socket.destroy())
  const line: Line = {
    url: '',
    upgrades: () => upgrades,
    cut,
    carriesSockets,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(line, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
