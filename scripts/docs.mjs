import { enter } from './enter.mjs'

await enter('docs.ts')
