import { enter } from './enter.mjs'

await enter('../bench/bench.ts')
