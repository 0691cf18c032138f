import { sameJson } from '../../entitlements/json.ts'

/** Fields that a resource had before, of those that are others now. Its revision is another at every change. */
export function previousOf(before: object, after: object): Readonly<Record<string, unknown>> {
  const now = new Map<string, unknown>(Object.entries(after))
  const changed = Object.entries(before).filter(
    ([name, value]) => name !== 'revision' && !sameJson(value, now.get(name)),
  )
  return Object.fromEntries(changed)
}
