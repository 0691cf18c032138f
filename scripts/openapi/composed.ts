/** Says of an answer which named shapes it is made of, instead of all their fields once more. */
import type { JsonSchema } from './shapes.ts'

type Named = ReadonlyMap<string, JsonSchema>

/** The schema, and everything in it, by reference where it has all fields of a named shape. */
export function composed(schema: JsonSchema, named: Named): JsonSchema {
  const inner: JsonSchema = { ...schema }
  if (isShape(schema.items)) inner.items = composed(schema.items, named)
  if (schema.anyOf !== undefined)
    inner.anyOf = schema.anyOf.map((each) => composed(shape(each), named))
  if (schema.properties === undefined) return inner
  const parts = partsOf(schema, named)
  const [only] = parts
  const taken = new Set(parts.flatMap((name) => fieldsOf(named.get(name))))
  const rest = Object.entries(schema.properties).filter(([field]) => !taken.has(field))
  const own = {
    ...inner,
    properties: Object.fromEntries(
      rest.map(([field, each]) => [field, composed(shape(each), named)]),
    ),
    required: (schema.required ?? []).filter((field) => !taken.has(field)),
  }
  if (only === undefined) return own
  if (rest.length === 0 && parts.length === 1) return refer(only)
  return { allOf: [...parts.map(refer), ...(rest.length === 0 ? [] : [own])] }
}

/** Names of shapes whose fields are all there, the largest first, none of them with a field of another. */
function partsOf(schema: JsonSchema, named: Named): readonly string[] {
  const candidates = [...named.keys()]
    .filter((name) => isPart(named.get(name), schema))
    .toSorted((a, b) => fieldsOf(named.get(b)).length - fieldsOf(named.get(a)).length)
  const taken = new Set<string>()
  return candidates.filter((name) => {
    const fields = fieldsOf(named.get(name))
    if (fields.some((field) => taken.has(field))) return false
    for (const field of fields) taken.add(field)
    return true
  })
}

/** Fewer fields than that are alike by chance. */
const FIELDS_MIN = 5

function isPart(part: JsonSchema | undefined, whole: JsonSchema): boolean {
  const fields = fieldsOf(part)
  if (fields.length < FIELDS_MIN || part?.additionalProperties === false) return false
  return fields.every((field) => {
    const own = part?.properties?.[field]
    const other = whole.properties?.[field]
    const isRequired = (schema?: JsonSchema) => schema?.required?.includes(field) ?? false
    return saysOf(own) === saysOf(other) && isRequired(part) === isRequired(whole)
  })
}

/** What is described by the way is not said again where a shape is taken up into another. */
function saysOf(schema: JsonSchema | boolean | undefined): string {
  return JSON.stringify(schema, (name, value: unknown) =>
    name === 'description' ? undefined : value,
  )
}

function fieldsOf(schema: JsonSchema | undefined): readonly string[] {
  return Object.keys(schema?.properties ?? {})
}

function refer(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

function shape(schema: JsonSchema | boolean): JsonSchema {
  return typeof schema === 'object' ? schema : {}
}

function isShape(schema: unknown): schema is JsonSchema {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema)
}
