import { enter } from './enter.mjs'

await enter('openapi.ts')
