/** When to try again, and how often a client may. */

/** What a success pays back: in the long run one retry for ten calls that succeed. */
const EARNED = 0.1

/**
 * How many retries a client has left, whatever the number of its calls: when everything fails, each call is made once, and
 * an outage is not multiplied by those who suffer from it.
 */
export interface RetryBudget {
  left: number
  readonly most: number
}

/** After a success. */
export function earn(budget: RetryBudget): void {
  budget.left = Math.min(budget.most, budget.left + EARNED)
}

/** Takes one; false: none is left. */
export function spend(budget: RetryBudget): boolean {
  return budget.left >= 1 && (budget.left -= 1) >= 0
}

const FIRST_MS = 100
const LONGEST_MS = 2_000

/**
 * How long to wait before the next attempt: anything up to a bound that doubles, so that callers who failed together do not
 * come back together; never before the service asked.
 *
 * @param attempt From 0.
 * @param random 0 to 1.
 */
export function waitBefore(attempt: number, random: number, retryAfterMs = 0): number {
  return retryAfterMs + random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
}
