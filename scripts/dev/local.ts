/** A service on this machine: a state folder, made ready and served. */
import { ensureKey } from './key.ts'
import { HOST } from './port.ts'
import { type Server, startServer } from './server.ts'
import { wrangler } from './wrangler.ts'

export interface LocalOptions {
  readonly port: number
  readonly stateFolder: string
  /** Null: the one that the folder keeps, or a new one. */
  readonly key: string | null
}

/** What answers, and with which key. */
export interface Local {
  readonly url: string
  readonly key: string
  readonly server: Server
}

/** Migrates the folder's database, sees that it has a key, and starts serving; `server.ready` says when it answers. */
export async function startLocal({ port, stateFolder, key: given }: LocalOptions): Promise<Local> {
  wrangler('d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateFolder)
  const key = await ensureKey(stateFolder, given)
  return { url: `http://${HOST}:${port}`, key, server: startServer({ port, stateFolder, key }) }
}
