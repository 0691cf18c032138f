import type { Result } from '../entitlements/result.ts'
import type { Failure } from './failures.ts'
import { type Problem, refusalOf } from './refusal.ts'
import type { Answer } from './route.ts'

/** What became of one item of a batch, or of a call without HTTP: the body, or the problem, with their status. */
export type ItemOutcome<B> =
  | (B & { readonly status: number; readonly replayed?: true; readonly problem?: undefined })
  | { readonly status: number; readonly problem: Problem }

/** `origin` is where problem types are documented. */
export function outcomeFrom<B extends object>(
  outcome: Result<Answer<B>, Failure>,
  { requestId, origin }: { readonly requestId: string; readonly origin: string },
): ItemOutcome<B> {
  if (!outcome.ok) {
    const { problem } = refusalOf(outcome.error, requestId, origin)
    return { status: problem.status, problem }
  }
  const { status = 200, body, replayed } = outcome.value
  return { status, ...body, ...(replayed === true ? { replayed } : null) }
}
