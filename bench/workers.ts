/** The Workers that take part: how each is built, and what it is bound to. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wrangler } from '../scripts/dev/wrangler.ts'

/**
 * By the process that runs them, in the order of their sockets. Floors have one of their own, so that nothing that the
 * service does in the background, and none of its memory, is charged to them.
 */
export const PROCESSES = [
  ['lines', 'constant', 'stores'],
  ['sluice', 'forgetful', 'counting'],
] as const

export type WorkerName = (typeof PROCESSES)[number][number]

const FLOORS = 'bench/workers/wrangler.toml'

/** The arguments of wrangler that tell the builds apart. The service's is that of `npm run build`. */
const SOURCES: Readonly<Record<WorkerName, readonly string[]>> = {
  lines: ['bench/workers/lines.ts', '--config', FLOORS],
  constant: ['bench/workers/constant.ts', '--config', FLOORS],
  stores: ['bench/workers/stores.ts', '--config', FLOORS],
  sluice: ['--env='],
  forgetful: ['bench/workers/forgetful.ts', '--env='],
  counting: ['bench/workers/counting.ts', '--env='],
}

/** Builds every Worker into a folder of its name. */
export function build(folder: string): void {
  for (const name of PROCESSES.flat())
    wrangler('deploy', ...SOURCES[name], '--dry-run', '--minify', '--outdir', join(folder, name))
}

export interface Module {
  readonly type: 'ESModule' | 'Text'
  readonly path: string
  readonly contents: string
}

/** A built Worker's modules, the one that begins first. */
export function modulesOf(folder: string, name: WorkerName): readonly Module[] {
  const at = join(folder, name)
  return readdirSync(at)
    .filter((file) => /\.(js|html)$/.test(file))
    .toSorted((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
    .map((file) => ({
      type: file.endsWith('.js') ? 'ESModule' : 'Text',
      path: join(at, file),
      contents: readFileSync(join(at, file), 'utf8'),
    }))
}
