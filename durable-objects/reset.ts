/** Resetting: an operator puts a meter to zero. */
import type { Instant } from '../entitlements/instant.ts'
import { resetUsage } from '../entitlements/reset.ts'
import { entitlementAfter } from './answers.ts'
import type { ResetRequest, ResetResult } from './calls.ts'
import { bookChange, type Draft } from './draft.ts'
import { notAMeter, type Verdict } from './use.ts'

/** The event of the reset says who asked, in which request and why: D1 makes the row of its audit log from it. */
export function decideReset(
  draft: Draft,
  { featureId, actor, requestId, reason }: ResetRequest,
  now: Instant,
): Verdict<ResetResult> {
  const { state, catalogue } = draft.held
  const failure = notAMeter(catalogue, featureId)
  if (failure !== null) return { verdict: 'failure', failure }
  const change = resetUsage(state, catalogue, featureId, now)
  const about = { actor: `${actor.kind}:${actor.id}`, requestId, reason }
  bookChange(draft, featureId, change, now, actor, about)
  return { verdict: 'effect', result: entitlementAfter(draft, featureId, 1, now) }
}
