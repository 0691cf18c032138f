// Installs the locked packages when they are missing or other than locked. Plain JavaScript without
// dependencies, for Node 20: it runs before anything is there.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layOutAssets } from './assets.mjs'

export const ROOT = resolve(fileURLToPath(import.meta.url), '../..')

/** Node 24 of node_modules: everything but the entry scripts runs on it, whatever the machine has. */
export const NODE = join(ROOT, 'node_modules/.bin/node')

/** Makes node_modules hold what package-lock.json says. Ends the process when that fails. */
export function install() {
  if (existsSync(NODE) && isAsLocked()) return layOutAssets()
  console.error('Installing packages (npm ci) …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error('npm ci failed; its messages are above. Nothing was started.')
  process.exit(1)
}

/** npm writes what it installed into a lock file of its own, as its last step. */
function isAsLocked() {
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || installed[path]?.version === version,
  )
}

function packagesOf(lock) {
  const file = join(ROOT, lock)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install()
