/** `npm test`: every test, on the Node of node_modules. Arguments go to vitest. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LOCAL_ENV } from './dev/wrangler.ts'
import { startGroup } from './dev/group.ts'
import { ROOT } from './install.mjs'

await import('./sdk.ts')
await import('./dashboard.ts')

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

/** Side by side, each one test file at a time: what waits for sockets and browsers, and what computes. */
const RUNS = [
  ['--project', 'conformance'],
  ['--project', 'workerd', '--project', 'node'],
]

const given = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'sluice-tests-'))
const runs = (given.length > 0 ? [given] : RUNS).map(started)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => runs.forEach((run) => void run.stop()))
const codes = await Promise.all(runs.map(({ ended }) => ended))
rmSync(folder, { recursive: true, force: true })
process.exit(codes.find((code) => code !== 0) ?? 0)

function started(args: readonly string[], index: number) {
  // Workers of one name find each other through this folder, which those of another run must not.
  const registry = join(folder, `registry-${index}`)
  const env = { WRANGLER_REGISTRY_PATH: registry, MINIFLARE_REGISTRY_PATH: registry }
  return startGroup([process.execPath, VITEST, 'run', ...args], {
    env: { ...process.env, ...LOCAL_ENV, ...env },
    output: 'inherit',
  })
}
