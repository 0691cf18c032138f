import { enter } from './enter.mjs'

await enter('seed-large.ts')
