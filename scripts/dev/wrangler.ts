import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../install.mjs'
import { Refusal } from './refusal.ts'

/** Keeps wrangler local and quiet: no metrics, no look-up of the machine's place, no collectors that slow it down. */
export const LOCAL_ENV = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
}

/** The command line that runs wrangler on this very Node, without the launcher's extra process. */
export const WRANGLER: readonly string[] = [
  process.execPath,
  '--no-warnings',
  join(ROOT, 'node_modules/wrangler/wrangler-dist/cli.js'),
]

/** Runs a wrangler command to its end; refuses with what it printed when it fails. */
export function wrangler(...args: readonly string[]): string {
  const [node = process.execPath, ...cli] = WRANGLER
  const { status, stdout, stderr } = spawnSync(node, [...cli, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...LOCAL_ENV, CI: 'true', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Refusal(`wrangler ${args.slice(0, 3).join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}
