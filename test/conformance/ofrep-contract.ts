/** Requests in the OpenFeature Remote Evaluation Protocol; every answer is held to the protocol's own file. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { KEY, makeKey, type Reply, send } from '../support/service.ts'

const FILE = join(import.meta.dirname, '../contract/ofrep/openapi.yaml')

export const PATH = '/ofrep/v1/evaluate/flags'

/** By path of the protocol and status, what its file says of the body; null: nothing. */
type Shapes = Readonly<Record<string, Readonly<Record<number, string | null>>>>

const SHAPES: Shapes = {
  one: {
    200: 'serverEvaluationSuccess',
    400: 'evaluationFailure',
    401: null,
    403: null,
    404: 'flagNotFound',
    500: 'generalErrorResponse',
  },
  all: {
    200: 'bulkEvaluationSuccess',
    304: null,
    400: 'bulkEvaluationFailure',
    401: null,
    403: null,
    500: 'generalErrorResponse',
  },
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ ...amended(parse(readFileSync(FILE, 'utf8'))), $id: 'ofrep' })

/** A request as a client of the protocol sends it. */
export interface Evaluation {
  /** All flags where absent. */
  readonly key?: string
  /** Sent as the body; text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends it, and throws where the answer is not as the protocol's file says. */
export async function evaluate({ key, body, headers = {} }: Evaluation): Promise<Reply> {
  const reply = await send({
    method: 'POST',
    path: key === undefined ? PATH : `${PATH}/${encodeURIComponent(key)}`,
    headers: {
      Authorization: `Bearer ${KEY}`,
      'Content-Type': 'application/json; charset=utf-8',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const mistake = mistakeIn(key === undefined ? 'all' : 'one', reply)
  if (mistake !== null) throw new Error(`${reply.status} ${reply.text}: ${mistake}`)
  return reply
}

/** One flag for one customer. */
export function flagFor(customerId: string, key: string): Promise<Reply> {
  return evaluate({ key, body: { context: { targetingKey: customerId } } })
}

/** All flags for one customer. */
export function flagsFor(customerId: string, headers: Readonly<Record<string, string>> = {}) {
  return evaluate({ body: { context: { targetingKey: customerId } }, headers })
}

let readerKey: Promise<string> | undefined

/** A key that may only read. */
export function reader(): Promise<string> {
  readerKey ??= makeKey({ scopes: ['read'] })
  return readerKey
}

/** Asks about a customer of the demo at a path as it stands; with these headers alone, and perhaps another body. */
export function post(path: string, headers: Readonly<Record<string, string>>, body?: string) {
  return send({
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body ?? JSON.stringify({ context: { targetingKey: 'pro-co' } }),
  })
}

/** What of an answer is not as the protocol has it; null: nothing. */
export function mistakeIn(
  of: 'one' | 'all',
  { status, headers, body, text }: Pick<Reply, 'status' | 'headers' | 'body' | 'text'>,
): string | null {
  const shape = SHAPES[of]?.[status]
  if (shape === undefined) return 'a status that the protocol does not have'
  if (status === 304) return text === '' ? null : 'a body'
  if (headers.get('Content-Type') !== 'application/json') return 'a body that is not JSON'
  // Clients throw where an error of one flag does not name its key and its code.
  if (of === 'one' && typeof body.key !== 'string') return 'no key'
  if (status !== 200 && typeof body.errorCode !== 'string') return 'no code of an error'
  if (shape === null) return null
  const validate = ajv.getSchema(`ofrep#/components/schemas/${shape}`)
  if (validate === undefined) return `no schema ${shape}`
  return validate(body) === true ? null : JSON.stringify(validate.errors)
}

/**
 * The file as it is meant. Word for word no value at all passes: it has to be of exactly one of six forms, every integer
 * is also a float, and the form without a value, which its own note says has none, takes any. A list is `structure` to
 * OpenFeature, as an object is.
 */
function amended(file: { readonly components: { readonly schemas: Schemas } }): object {
  const { schemas } = file.components
  const { evaluationSuccess, objectFlag, codeDefaultFlag } = schemas
  const [members, { oneOf }] = evaluationSuccess.allOf
  return {
    components: {
      schemas: {
        ...schemas,
        evaluationSuccess: { ...evaluationSuccess, allOf: [members, { anyOf: oneOf }] },
        codeDefaultFlag: { ...codeDefaultFlag, not: { required: ['value'] } },
        objectFlag: { ...objectFlag, properties: { value: { type: ['object', 'array'] } } },
      },
    },
  }
}

interface Schemas {
  readonly evaluationSuccess: { readonly allOf: readonly [object, { readonly oneOf: unknown }] }
  readonly objectFlag: object
  readonly codeDefaultFlag: object
}
