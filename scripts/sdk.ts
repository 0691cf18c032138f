/** `npm run sdk`: builds the client package into sdk/dist, where examples, tests and `npm pack` find it. */
import { join } from 'node:path'
import { build } from 'tsdown'
import { ROOT } from './install.mjs'

const cwd = join(ROOT, 'sdk')
await build({ cwd, config: join(cwd, 'tsdown.config.ts'), logLevel: 'warn' })
