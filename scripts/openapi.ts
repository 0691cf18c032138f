/** `npm run openapi`: writes public/openapi.json, which every deployment serves at `/openapi.json`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './install.mjs'
import { openapi } from './openapi/document.ts'

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
mkdirSync(join(ROOT, 'public'), { recursive: true })
const document = await openapi(version)
writeFileSync(join(ROOT, 'public/openapi.json'), `${JSON.stringify(document, null, 2)}\n`)
