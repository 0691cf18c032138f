import { enter } from './enter.mjs'

await enter('keys.ts')
