/** `npm test`: every test, on the Node of node_modules. Arguments go to vitest. */
import { join } from 'node:path'
import { LOCAL_ENV } from './dev/wrangler.ts'
import { startGroup } from './dev/group.ts'
import { ROOT } from './install.mjs'

await import('./sdk.ts')
await import('./dashboard.ts')

const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
const tests = startGroup([process.execPath, vitest, 'run', ...process.argv.slice(2)], {
  env: { ...process.env, ...LOCAL_ENV },
  output: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void tests.stop())
process.exit(await tests.ended)
