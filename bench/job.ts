/** What the process that makes requests is told, and what it answers. */

/**
 * A request as text. `{n}` becomes a number that never comes again, `{c}` the number of a customer; both always
 * have the same length, so `Content-Length` stands.
 */
export interface Template {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** What an answer contains that is of the kind to be measured. */
  readonly expected: string
}

export interface Job {
  readonly port: number
  readonly template: Template
  /** Customers are taken in turn. */
  readonly customers: number
  readonly connections: number
  readonly stop: { readonly afterMs: number } | { readonly afterAnswers: number }
  /** Null: each connection asks again as soon as it is answered. */
  readonly perSecond: number | null
}

export interface Outcome {
  readonly answers: number
  /** Answers of another kind than expected, among `answers`. */
  readonly strays: number
  readonly failures: number
  /** The first reply that was a failure or a stray, for people. */
  readonly example: string | null
  readonly ms: number
  /** At a fixed rate alone: from when a request was due, so that waiting for a free connection counts. */
  readonly latency: { readonly p50: number; readonly p99: number } | null
}

/** Digits of a number in a request. */
export const N_DIGITS = 10
export const C_DIGITS = 4

/** The name of a customer, and what stands for it in a template. */
export const CUSTOMER = 'customer-{c}'

export function customerName(n: number): string {
  return CUSTOMER.replace('{c}', String(n).padStart(C_DIGITS, '0'))
}
