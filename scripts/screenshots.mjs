import { enter } from './enter.mjs'

await enter('screenshots.ts')
