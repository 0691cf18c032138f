import type { Question } from '../contract.ts'

/** The same for every question that has the same answer. */
export function keyOf({ customerId, featureId, quantity = 1 }: Question): string {
  return JSON.stringify([customerId, featureId, quantity])
}
