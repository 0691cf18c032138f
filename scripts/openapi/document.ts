/** The OpenAPI document: the route table, in the words of OpenAPI 3.1. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Route } from '../../worker/route.ts'
import { ROUTES } from '../../worker/routes.ts'
import { ROOT } from '../install.mjs'
import { documentedIn } from './comments.ts'
import { GROUPS, OPERATIONS, type Words } from './operations.ts'
import { parametersOf, PARAMETERS, type Parameter } from './parameters.ts'
import { type JsonSchema, type Modules, type Shapes, shapesOf } from './shapes.ts'

const WIRE = 'schema/wire'

/** Pages for people are no API. */
const isPage = ({ path }: Route): boolean => /^\/($|checkout\/|portal\/|errors$)/.test(path)

/** The rows that the reference tells of. */
export const DOCUMENTED: readonly Route[] = ROUTES.filter((row) => !isPage(row))

export async function openapi(version: string): Promise<object> {
  const shapes = shapesOf(await wireModules(), documentedIn(wireSources()))
  const paths: Record<string, Record<string, object>> = {}
  for (const row of DOCUMENTED) {
    const path = row.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: await operation(row, shapes) }
  }
  const problem = shapes.shapeOf((await import('../../schema/wire/problem.ts')).problem, 'output')
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sluice',
      version,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This deployment' }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: SECURITY,
      parameters: PARAMETERS,
      responses: {
        Problem: {
          description: 'What is wrong, and what to do: `code` is stable.',
          content: { 'application/problem+json': { schema: problem } },
        },
      },
      schemas: used(shapes, [paths, problem]),
    },
  }
}

/** The named shapes that something refers to, and those that they refer to, by name. */
function used({ named }: Shapes, by: readonly unknown[]): Readonly<Record<string, JsonSchema>> {
  const found = new Set<string>()
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (found.has(name)) continue
      found.add(name)
      visit(named.get(name) ?? {})
    }
  }
  by.forEach(visit)
  return Object.fromEntries(
    [...named].filter(([name]) => found.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

async function operation(row: Route, shapes: Shapes): Promise<object> {
  const { operationId, scope, token, onlyIn } = row
  const { params, query, body, answer } = await row.schemas()
  const words = wordsOf(operationId)
  return {
    operationId,
    tags: [words.group],
    summary: words.summary,
    ...describedBy(words, row),
    ...(scope === 'none' && { security: [] }),
    ...(token && { security: [{ key: [] }, { customerToken: [] }] }),
    ...(onlyIn && { 'x-environments': onlyIn }),
    parameters: [
      ...parametersIn('path', params && shapes.shapeOf(asZod(params), 'input'), undefined),
      ...parametersIn(
        'query',
        query && named(row, 'query', shapes.shapeOf(asZod(query), 'input')),
        query && shapes.shapeOf(asZod(query), 'output'),
      ),
      ...parametersOf(row),
    ],
    ...(body && {
      requestBody: requestBody(row, named(row, 'body', shapes.shapeOf(asZod(body), 'input'))),
    }),
    responses: {
      ...answered(row, answer && shapes.shapeOf(asZod(answer), 'output')),
      '4XX': { $ref: '#/components/responses/Problem' },
      '5XX': { $ref: '#/components/responses/Problem' },
    },
  }
}

/** Where the customer is named, the holder of a token need not do so. */
function named({ customerIn }: Route, place: 'query' | 'body', schema: JsonSchema): JsonSchema {
  if (customerIn !== place) return schema
  return { ...schema, required: (schema.required ?? []).filter((name) => name !== 'customerId') }
}

function wordsOf(operationId: string): Words {
  const words = OPERATIONS[operationId]
  if (words === undefined) throw new Error(`scripts/openapi/operations.ts has no ${operationId}.`)
  return words
}

function describedBy({ description }: Words, { scope, customerIn, onlyIn }: Route): object {
  const sentences = [
    description,
    scope === 'none' || scope === 'any' ? undefined : `Needs a key with scope \`${scope}\`.`,
    customerIn && 'The holder of a customer token may leave `customerId` out.',
    onlyIn && `Only in ${onlyIn.join(' and ')}.`,
  ].filter((sentence) => sentence !== undefined)
  return sentences.length === 0 ? {} : { description: sentences.join('\n\n') }
}

function parametersIn(
  place: 'path' | 'query',
  sent: JsonSchema | undefined,
  read: JsonSchema | undefined,
): readonly Parameter[] {
  const required = new Set(sent?.required)
  return Object.entries(sent?.properties ?? {}).map(([name, schema]) => {
    const { description, ...shape } = parameterShape(
      object(schema),
      object(read?.properties?.[name]),
    )
    return {
      name,
      in: place,
      required: place === 'path' || required.has(name),
      ...(description && { description }),
      schema: shape,
    }
  })
}

/** In a query everything is text; a reader wants to know which text means a number or a yes. */
function parameterShape(sent: JsonSchema, read: JsonSchema): JsonSchema {
  const isNumber = sent.type === 'string' && read.type === 'integer' && sent.format === undefined
  const isFlag = sent.enum?.join() === 'true,false'
  const { description = read.description } = sent
  const shape = isNumber ? read : isFlag ? { type: 'boolean' as const } : sent
  return {
    ...shape,
    ...(description !== undefined && { description }),
    ...(read.default !== undefined && { default: read.default }),
  }
}

function requestBody({ method, bodyAs }: Route, schema: JsonSchema): object {
  const type =
    bodyAs === 'text' || method !== 'PATCH' ? 'application/json' : 'application/merge-patch+json'
  return { required: (schema.required?.length ?? 0) > 0, content: { [type]: { schema } } }
}

function answered({ method, operationId }: Route, schema: JsonSchema | undefined): object {
  if (operationId === 'streamEntitlements') return { '101': { description: 'Messages follow.' } }
  const content = { 'application/json': { schema: schema ?? { type: 'object' } } }
  const creates = method === 'POST' && operationId.startsWith('create')
  const answer = { description: 'The answer', content }
  if (method === 'PUT' && /^put(Customer|Feature|Plan|Override)$/.test(operationId)) {
    return { '200': answer, '201': { ...answer, description: 'The answer; it is new' } }
  }
  return { [creates ? '201' : '200']: answer }
}

/** Rows know their schemas by what validation needs; here they are zod's again. */
function asZod(schema: object): Parameters<Shapes['shapeOf']>[0] {
  if (!('_zod' in schema)) throw new Error('The wire is described by zod.')
  return schema as Parameters<Shapes['shapeOf']>[0]
}

function object(schema: JsonSchema | boolean | undefined): JsonSchema {
  return typeof schema === 'object' ? schema : {}
}

async function wireModules(): Promise<Modules> {
  const modules = wireFiles().map(
    async (file) => [file, await import(join(ROOT, WIRE, file))] as const,
  )
  return new Map(await Promise.all(modules))
}

function wireSources(): ReadonlyMap<string, string> {
  return new Map(wireFiles().map((file) => [file, readFileSync(join(ROOT, WIRE, file), 'utf8')]))
}

function wireFiles(): readonly string[] {
  return readdirSync(join(ROOT, WIRE)).toSorted()
}

const ABOUT = `May this customer use this feature now?

Every answer carries \`Sluice-Request-Id\` and \`Server-Timing\`. Errors are problems (RFC 9457) with a stable \`code\`. Lists are pages:
send \`nextCursor\` back as \`cursor\`. Changes answer a consistency token, and whoever reads with it sees that change or a later one.`

const SECURITY = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A secret key, `sluice_sk_…`, for servers. Its scopes are `read`, `usage` and `manage`.',
  },
  customerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A customer’s token, for browsers: one customer, at most an hour.',
  },
}
