/** Consuming: check and count in one step. */
import { consume as consumeUnits } from '../entitlements/consume.ts'
import type { Instant } from '../entitlements/instant.ts'
import { entitlementAfter } from './answers.ts'
import type { ConsumeRequest, ConsumeResult } from './calls.ts'
import { bookChange, type Draft } from './draft.ts'
import { notAMeter, type Verdict } from './use.ts'

export function decideConsume(
  draft: Draft,
  { featureId, quantity, actor }: ConsumeRequest,
  now: Instant,
): Verdict<ConsumeResult> {
  const { state, catalogue } = draft.held
  const failure = notAMeter(catalogue, featureId)
  if (failure !== null) return { verdict: 'failure', failure }
  const consumption = consumeUnits(state, catalogue, featureId, quantity, now)
  switch (consumption.outcome) {
    case 'overflow':
      return { verdict: 'failure', failure: { code: 'quantity_overflow', featureId } }
    case 'refused': {
      const answer = entitlementAfter(draft, featureId, quantity, now)
      return { verdict: 'refusal', result: { consumed: false, quantity, ...answer } }
    }
    case 'consumed': {
      bookChange(draft, featureId, consumption.change, now, actor)
      const answer = entitlementAfter(draft, featureId, 1, now)
      return { verdict: 'effect', result: { consumed: true, quantity, ...answer } }
    }
  }
}
