import { enter } from './enter.mjs'

await enter('sdk.ts')
