// Puts what the reference page is drawn with beside it, from the package that npm has installed. Plain JavaScript
// without dependencies, for Node 20: npm runs it as the last step of an installation.
import { copyFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const FROM = join(ROOT, 'node_modules/swagger-ui-dist')
const TO = join(ROOT, 'public/docs')
const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css']

/** Copies what is not there yet. */
export function layOutAssets() {
  for (const file of FILES)
    if (!existsSync(join(TO, file))) copyFileSync(join(FROM, file), join(TO, file))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) layOutAssets()
