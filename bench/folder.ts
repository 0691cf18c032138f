import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/install.mjs'

/** A folder of one run, on a real disk, since a commit is measured that waits for one. */
export interface Folder {
  readonly path: string
  remove(): void
}

/** Makes the folder, named after this process, and removes those of runs that were killed. */
export function makeFolder(): Folder {
  const state = join(ROOT, '.state')
  mkdirSync(state, { recursive: true })
  for (const name of readdirSync(state)) {
    const [, pid] = /^bench-(\d+)$/.exec(name) ?? []
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) remove(join(state, name))
  }
  const path = join(state, `bench-${process.pid}`)
  mkdirSync(path)
  return { path, remove: () => remove(path) }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
