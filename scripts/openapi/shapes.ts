/** JSON Schemas of the wire's zod schemas, with what the code says of each field. */
import * as z from 'zod/mini'
import { composed } from './composed.ts'
import type { Comments, Documented } from './comments.ts'

export type JsonSchema = z.core.JSONSchema.BaseSchema

/** Which side of a schema: what callers send, or what they are answered. */
export type Side = 'input' | 'output'

/** The schemas that documents name, and what has become of each so far. */
export interface Shapes {
  /** By the name that a document refers to. */
  readonly named: ReadonlyMap<string, JsonSchema>
  /** The schema of one place; what it shares with others is referred to. */
  shapeOf(schema: z.core.$ZodType, side: Side): JsonSchema
}

/** Names for the schemas that the modules of `schema/wire/` export. Two of one name would be one too many. */
const NAMES: Readonly<Record<string, string>> = {
  session: 'CheckoutSession',
  sessionInput: 'CheckoutSessionInput',
  key: 'ApiKey',
  periodText: 'Period',
}

/** Fields, and whatever a reader is better served with in place. */
const INLINE: ReadonlySet<string> = new Set([
  'catalogueId',
  'customerId',
  'dryRunQuery',
  'flag',
  'flagParameter',
  'idempotencyKey',
  'instant',
  'instantText',
  'limit',
  'metadata',
  'natural',
  'period',
  'quantity',
  'statementPatches',
  'statements',
  'value',
])

export type Modules = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** Ready for the schemas of every route; what modules export has its name already. */
export function shapesOf(modules: Modules, documented: Documented): Shapes {
  const registry = z.registry<{ id: string }>()
  const commentsOf = new Map<z.core.$ZodType, Comments>()
  for (const [file, module] of modules) {
    for (const [name, value] of Object.entries(module)) {
      if (!isSchema(value) || INLINE.has(name) || registry.has(value)) continue
      commentsOf.set(value, documented(file, name))
      registry.add(value, { id: NAMES[name] ?? capitalised(name) })
    }
  }
  const named = new Map<string, JsonSchema>()
  const convert = (schema: z.core.$ZodType, side: Side): JsonSchema =>
    z.toJSONSchema(schema, {
      metadata: registry,
      io: side,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => describe(zodSchema, jsonSchema, side, commentsOf),
    })
  for (const schema of commentsOf.keys()) {
    const side = /Input$|Patch$/.test(registry.get(schema)?.id ?? '') ? 'input' : 'output'
    hoist(convert(z.array(schema), side), side, named)
  }
  return {
    named,
    shapeOf: (schema, side) => {
      const shape = hoist(convert(schema, side), side, named)
      return side === 'input' ? shape : composed(shape, named)
    },
  }
}

function describe(
  schema: z.core.$ZodType,
  json: JsonSchema,
  side: Side,
  commentsOf: ReadonlyMap<z.core.$ZodType, Comments>,
): void {
  const { text = null, fields = [] } = commentsOf.get(schema) ?? {}
  const said = text ?? (side === 'input' && json.enum === undefined ? expectation(schema) : null)
  if (said !== null) json.description = said
  for (const [field, comment] of fields) {
    const property = json.properties?.[field]
    if (typeof property === 'object') property.description = comment
  }
  // Answers gain fields: clients are to ignore what they do not know.
  if (side === 'output' && json.additionalProperties === false) delete json.additionalProperties
  // The format says it better.
  if (json.format === 'date-time') delete json.pattern
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum
  if (json.maximum === Number.MAX_SAFE_INTEGER && json.type === 'integer') json.format = 'int64'
}

/** What a refusal says was expected. */
function expectation(schema: z.core.$ZodType): string | null {
  const { error } = schema._zod.def
  const text: unknown = error === undefined ? null : Reflect.apply(error, undefined, [{}])
  return typeof text !== 'string' || text === 'an object' ? null : `${capitalised(text)}.`
}

/** Moves what a schema shares with others to where a document keeps that, under a name for each side. */
function hoist(
  { $defs = {}, ...schema }: JsonSchema,
  side: Side,
  named: Map<string, JsonSchema>,
): JsonSchema {
  const renamed = new Map<string, string>()
  for (const [id, definition] of Object.entries($defs)) {
    const name = id.startsWith('__schema') ? 'Json' : id
    const other = named.get(name)
    const own = JSON.stringify(referring(definition, (each) => (each === id ? name : each)))
    const isOther =
      other !== undefined && JSON.stringify(bare(other)) !== JSON.stringify(bare(JSON.parse(own)))
    renamed.set(id, isOther && side === 'input' && !name.endsWith('Input') ? `${name}Input` : name)
  }
  const rename = (id: string) => renamed.get(id) ?? id
  for (const [id, definition] of Object.entries($defs)) {
    named.set(rename(id), named.get(rename(id)) ?? referring(definition, rename))
  }
  delete schema.$schema
  return referring(schema, rename)
}

/** Without its references, which tell nothing of whether two schemas say the same. */
function bare(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll(/"\$ref":"[^"]*"/g, '"$ref":""'))
}

function referring<T extends object>(schema: T, rename: (id: string) => string): T {
  const text = JSON.stringify(schema).replaceAll(
    /"\$ref":"#\/\$defs\/([^"]+)"/g,
    (_, id: string) => `"$ref":"#/components/schemas/${rename(id)}"`,
  )
  return JSON.parse(text)
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
