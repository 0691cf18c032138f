/** `npm run dashboard`: builds the dashboard into public/dashboard, where every deployment serves it. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { ROOT } from './install.mjs'

const BUILT = join(ROOT, 'public/dashboard/index.html')
const SOURCES = ['dashboard', 'package-lock.json']

/** Builds it where its sources are newer than what was built. */
if (changedAt(BUILT) < Math.max(...SOURCES.map((source) => newest(join(ROOT, source))))) {
  console.error('Building the dashboard …')
  await build({ configFile: join(ROOT, 'dashboard/vite.config.ts'), logLevel: 'warn' })
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
