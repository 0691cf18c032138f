/** What an application decides while nobody can be asked. */
import type { Question, Verdict } from '../contract.ts'
import { keep } from './bounded.ts'
import { keyOf } from './question.ts'

/** Access or none, or what Sluice said last, while that is not too old. */
export type Fallback = boolean | 'last_known'

/** By feature; `*` is for all others. Without one, there is no access. */
export type Fallbacks<F extends string> = { readonly [featureId in F | '*']?: Fallback }

/** What Sluice has said, as far as an outage may need it. */
export class LastKnown {
  readonly #fallbacks: ReadonlyMap<string, Fallback | undefined>
  /** In the order in which they came. */
  readonly #verdicts = new Map<string, readonly [verdict: Verdict, at: number]>()
  readonly #ageMaxMs: number
  readonly #now: () => number

  constructor(fallbacks: Fallbacks<string>, ageMaxMs: number, now: () => number) {
    this.#fallbacks = new Map(Object.entries(fallbacks))
    this.#ageMaxMs = ageMaxMs
    this.#now = now
  }

  note(question: Question, verdict: Verdict): void {
    if (this.#of(question) === 'last_known') {
      keep(this.#verdicts, keyOf(question), [verdict, this.#now()])
    }
  }

  /** The application's own answer, marked as such. */
  answer(question: Question): Verdict {
    const fallback = this.#of(question)
    const [verdict, at] = this.#verdicts.get(keyOf(question)) ?? []
    const passedMs = this.#now() - (at ?? -Infinity)
    return verdict && fallback === 'last_known' && passedMs <= this.#ageMaxMs
      ? { ...verdict, ...MARK, ageMs: verdict.ageMs + passedMs }
      : { ...nothing(question), hasAccess: fallback === true }
  }

  #of({ featureId }: Question): Fallback | undefined {
    return this.#fallbacks.get(featureId) ?? this.#fallbacks.get('*')
  }
}

const MARK = {
  reason: 'unavailable',
  decidedBy: 'fallback',
  servedFrom: 'policy',
  confirmed: false,
  degraded: true,
} as const

function nothing({ customerId = '', featureId, quantity = 1 }: Question): Verdict {
  return {
    customerId,
    featureId,
    quantity,
    type: null,
    hasAccess: false,
    sources: [],
    inherited: false,
    overridden: false,
    grace: null,
    warnings: [],
    version: 0,
    revision: 0,
    asOf: '1970-01-01T00:00:00.000Z',
    ageMs: 0,
    publishedAt: null,
    ...MARK,
  }
}
