/** `npm run dashboard`: builds the dashboard into public/dashboard, where every deployment serves it. */
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './install.mjs'

const BUILT = join(ROOT, 'public/dashboard/index.html')
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js')
const CONFIG = join(ROOT, 'dashboard/vite.config.ts')
const SOURCES = ['dashboard', 'package-lock.json']

/** Builds it where its sources are newer than what was built. */
if (changedAt(BUILT) < Math.max(...SOURCES.map((source) => newest(join(ROOT, source))))) {
  console.error('Building the dashboard …')
  // In a process of its own: building leaves `NODE_ENV` at production, which whatever is started next would inherit.
  execFileSync(process.execPath, [VITE, 'build', '--config', CONFIG, '--logLevel', 'warn'], {
    stdio: 'inherit',
  })
}

function newest(path: string): number {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Never, where it does not exist. */
function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
