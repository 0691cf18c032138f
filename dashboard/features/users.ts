import type { Plan } from '../api/catalogue.ts'

/** The plans that state something of a feature themselves. */
export function usersOf(featureId: string, plans: readonly Plan[]): readonly Plan[] {
  return plans.filter(({ allowances }) => Object.hasOwn(allowances, featureId))
}
