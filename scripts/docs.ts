/** `npm run docs`: writes the pages that are printed from the code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lifecyclePage } from './docs/lifecycle.ts'
import { ROOT } from './install.mjs'

writeFileSync(join(ROOT, 'docs/lifecycle.md'), lifecyclePage())
