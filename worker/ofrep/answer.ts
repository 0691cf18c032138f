/**
 * What the protocol's clients hear when nothing was evaluated. They understand few statuses and no problem documents;
 * an answer of another form is thrown at the application instead of giving it its default.
 */
import type { Failure } from '../failures.ts'
import { type Problem, refusalOf } from '../refusal.ts'
import { originOf } from '../respond.ts'
import type { Spoken } from '../protocols.ts'
import { askedBy } from './asked.ts'

/** Why a flag, or all of them, could not be evaluated. */
export interface Unevaluable {
  readonly errorCode:
    | 'PARSE_ERROR'
    | 'TARGETING_KEY_MISSING'
    | 'INVALID_CONTEXT'
    | 'FLAG_NOT_FOUND'
    | 'GENERAL'
  readonly errorDetails: string
}

interface Told extends Unevaluable {
  readonly status: number
}

/** The answer to what cannot be evaluated as it was asked. */
export function refusedAs({ path }: Pick<Spoken, 'path'>, because: Unevaluable): Response {
  const status = because.errorCode === 'FLAG_NOT_FOUND' ? 404 : 400
  return errorResponse(path, { status, ...because })
}

/** A failure of ours in the protocol's words. */
export function refuse(failure: Failure, { path, request, requestId }: Spoken): Response {
  const { problem, headers } = refusalOf(failure, requestId, originOf(request))
  return errorResponse(path, toldAs(failure, problem), headers)
}

function toldAs(failure: Failure, { status, detail }: Problem): Told {
  if (failure.code === 'invalid_request') return toldOfInput(failure)
  if (status === 401 || status === 403 || status === 404 || status === 405) {
    return { status, errorCode: 'GENERAL', errorDetails: detail }
  }
  if (status === 400 || status === 413 || status === 415) {
    const isBody = failure.code !== 'invalid_consistency_token'
    return { status: 400, errorCode: isBody ? 'PARSE_ERROR' : 'GENERAL', errorDetails: detail }
  }
  // Also 429, which here speaks of one customer: a provider that hears it stops asking for all of them.
  return { status: 500, errorCode: 'GENERAL', errorDetails: detail }
}

/** A key that can be no feature's id is nobody's flag; what else may be wrong is what the context says. */
function toldOfInput({ errors }: Extract<Failure, { readonly code: 'invalid_request' }>): Told {
  const wrong = errors.find(({ pointer }) => pointer !== '/featureId')
  if (wrong === undefined) {
    const errorDetails = 'There is no such flag: its key is no id of a feature.'
    return { status: 404, errorCode: 'FLAG_NOT_FOUND', errorDetails }
  }
  const where = wrong.pointer === '/customerId' ? 'targetingKey' : wrong.pointer
  return {
    status: 400,
    errorCode: 'INVALID_CONTEXT',
    errorDetails: `${where}: expected ${wrong.expected}.`,
  }
}

/** Of one flag every error names its key. */
function errorResponse(
  path: string,
  { status, ...error }: Told,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const asked = askedBy(path)
  const body = asked.of === 'one' ? { key: asked.key, ...error } : error
  return Response.json(body, {
    status,
    headers: { ...headers, 'Content-Type': 'application/json' },
  })
}
