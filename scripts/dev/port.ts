import { createServer } from 'node:net'
import { Refusal } from './refusal.ts'

export const HOST = '127.0.0.1'

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, HOST, () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

/** Refuses a port that another program listens on, before anything is started. */
export async function requireFreePort(port: number): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(null)))
  })
  if (error === null) return
  if (error.code !== 'EADDRINUSE')
    throw new Refusal(`Cannot listen on ${HOST}:${port}: ${error.message}.`)
  throw new Refusal(
    `Port ${port} is taken by another program. Stop it, or start with: npm run dev -- --port ${port < 65_535 ? port + 1 : 8787}`,
  )
}
