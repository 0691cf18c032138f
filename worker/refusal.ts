/** Failures as RFC 9457 problems, with the headers that their status asks for. */
import type { Failure, FailureCode, FieldError } from './failures.ts'
import { type ProblemRow, PROBLEMS } from './problems.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: FailureCode
  readonly requestId: string
  readonly errors?: readonly FieldError[]
}

/** A failed request's answer, with the headers that its status asks for. */
export interface Refusal {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
}

/** The answer to a failed request. `origin` is where its problem types are documented. */
export function refusalOf(failure: Failure, requestId: string, origin: string): Refusal {
  const row = rowOf(failure)
  const problem: Problem = {
    type: `${origin}/errors#${failure.code}`,
    title: row.title,
    status: row.status,
    detail: row.detail(failure),
    code: failure.code,
    requestId,
    ...extras(failure),
    ...(row.errors === undefined ? {} : { errors: row.errors(failure) }),
  }
  const headers = {
    'Content-Type': 'application/problem+json',
    ...(row.retryAfter === undefined ? {} : { 'Retry-After': String(row.retryAfter) }),
    ...(failure.code === 'method_not_allowed' ? { Allow: failure.allow.join(', ') } : {}),
    ...(row.status === 426 ? { Upgrade: 'websocket' } : {}),
    ...(row.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
  }
  return { problem, headers }
}

/** The table's row for a failure; TypeScript cannot see that the two come from the same arm. */
function rowOf<F extends Failure>(failure: F): ProblemRow<F['code']> {
  return PROBLEMS[failure.code] as ProblemRow<F['code']>
}

/** Data that a program may want to act on, beside the sentence. */
function extras(failure: Failure): object {
  if (failure.code !== 'transition_refused') return {}
  const { of = 'subscription', status, action, allowedActions } = failure
  return { [`${of}Status`]: status, action, allowedActions }
}
