import type { Json } from '../../entitlements/allowance.ts'
import { ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import type { Schema } from '../route.ts'
import { parserOf } from '../validation.ts'

type JsonObject = { readonly [key: string]: Json }

/** The target after a JSON merge patch (RFC 7396): `null` removes a member, objects merge, all else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const members = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name)
    else members.set(name, mergePatch(members.get(name) ?? null, value))
  }
  return Object.fromEntries(members)
}

/** What a patch makes of a resource as it was stated, held to the bounds of stating it whole. */
export function patched<T>(
  schema: Schema<T>,
  stated: JsonObject,
  patch: JsonObject,
): Result<T, Failure> {
  const body = mergePatch(stated, patch)
  const parsed = parserOf({ body: schema })({ params: {}, query: {}, body })
  if (parsed.ok) return ok(parsed.value.body)
  return { ok: false, error: { code: 'invalid_request', errors: parsed.error } }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
