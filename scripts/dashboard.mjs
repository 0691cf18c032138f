import { enter } from './enter.mjs'

await enter('dashboard.ts')
