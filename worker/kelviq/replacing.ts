import type { Json } from '../../entitlements/allowance.ts'

type JsonObject = { readonly [key: string]: Json }

/** The merge patch (RFC 7396) that makes `after` of `before`: members that are gone are null in it. */
export function replacing(before: JsonObject, after: JsonObject): JsonObject {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  const members = Object.entries(after).map(([name, value]) => {
    const former = Object.hasOwn(before, name) ? before[name] : undefined
    return [name, isObject(value) && isObject(former) ? replacing(former, value) : value] as const
  })
  return Object.fromEntries([...gone.map((name) => [name, null] as const), ...members])
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
