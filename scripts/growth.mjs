import { enter } from './enter.mjs'

await enter('growth.ts')
