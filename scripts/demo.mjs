import { enter } from './enter.mjs'

await enter('demo.ts')
