import { enter } from './enter.mjs'

await enter('stripe-double.ts')
