/** The headers with which a request says more than its route asks for. */
import type { Route } from '../../worker/route.ts'
import type { JsonSchema } from './shapes.ts'

export type Parameter =
  | {
      readonly name: string
      readonly in: 'path' | 'query' | 'header'
      readonly required: boolean
      readonly description?: string
      readonly schema: JsonSchema
    }
  | { readonly $ref: string }

/** By the name that operations refer to. */
export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same key and body within 48 hours: the stored answer again, and no second effect.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
  ConsistencyToken: {
    name: 'Consistency-Token',
    in: 'header',
    required: false,
    description:
      'From an earlier answer; several joined by a comma. The answer shows that state or a later one.',
    schema: { type: 'string' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of what is to be changed; 412 where it is another by now.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` of what is known already; 304 where it still holds.',
    schema: { type: 'string' },
  },
  NothingYet: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: '`*`: only where nothing has this id yet; 412 where something has.',
    schema: { type: 'string', enum: ['*'] },
  },
} as const satisfies Readonly<Record<string, Parameter>>

/** Those that a route heeds. */
export function parametersOf({ method, path }: Route): readonly Parameter[] {
  if (!path.startsWith('/v1/')) return []
  switch (method) {
    case 'GET':
      return [refer('ConsistencyToken'), refer('IfNoneMatch')]
    case 'POST':
      return [refer('IdempotencyKey'), refer('ConsistencyToken')]
    case 'PUT':
      return [refer('IfMatch'), refer('NothingYet')]
    case 'PATCH':
    case 'DELETE':
      return [refer('IfMatch')]
  }
}

function refer(name: keyof typeof PARAMETERS): Parameter {
  return { $ref: `#/components/parameters/${name}` }
}
