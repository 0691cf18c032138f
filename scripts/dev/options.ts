import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseSecretKey } from '../../schema/keys.ts'
import { Refusal } from './refusal.ts'

export interface DevOptions {
  readonly port: number
  /** Absolute. Wrangler's own default, so that plain `wrangler dev` finds the same data. */
  readonly stateFolder: string
  /** From `SLUICE_DEV_KEY`; null: the one that the state folder keeps, or a new one. */
  readonly key: string | null
}

const USAGE = `npm run dev [-- --port N --persist-to DIR]

  --port N          where to listen on 127.0.0.1 (8787)
  --persist-to DIR  where data is kept (.wrangler/state)

  SLUICE_DEV_KEY    the secret key to accept, sluice_sk_sandbox_…; made and kept if not set`

/** Reads the command line and the environment. */
export function devOptions(args: readonly string[], env: NodeJS.ProcessEnv): DevOptions {
  const { port, 'persist-to': folder } = parse(args)
  return {
    port: portFrom(port ?? '8787'),
    stateFolder: resolve(folder ?? '.wrangler/state'),
    key: keyFrom(env['SLUICE_DEV_KEY']),
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'persist-to': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help !== true) return values
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
  throw new Refusal(USAGE)
}

function portFrom(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Refusal(`--port ${text}: a port is a whole number from 1 to 65535.`)
}

function keyFrom(text: string | undefined): string | null {
  if (text === undefined || text === '') return null
  const key = parseSecretKey(text)
  if (key === null)
    throw new Refusal(
      'SLUICE_DEV_KEY is malformed: a secret key is sluice_sk_sandbox_ and 38 letters and digits, the last six of\n' +
        'them a checksum. Unset it to have one made, or copy a whole one.',
    )
  if (key.environment !== 'sandbox')
    throw new Refusal(
      'SLUICE_DEV_KEY is a production key. Local development takes sandbox keys only; keep that one where it belongs.',
    )
  return text
}
