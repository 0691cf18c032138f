/** Resetting: an operator puts a meter to zero. */
import type { MeterChange } from '../entitlements/advance.ts'
import type { Instant } from '../entitlements/instant.ts'
import { resetUsage } from '../entitlements/reset.ts'
import { entitlementAfter } from './answers.ts'
import type { ResetRequest, ResetResult } from './calls.ts'
import { bookChange, type Draft } from './draft.ts'
import { oweOutbox } from './outbox.ts'
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
  const used = givenUp(change)
  const about = { actor: `${actor.kind}:${actor.id}`, requestId, reason, used }
  bookChange(draft, featureId, change, now, actor, about)
  // Whoever resets looks into the log next.
  if (used > 0) oweOutbox(draft.context.memory, true, draft.realNow)
  return { verdict: 'effect', result: entitlementAfter(draft, featureId, 1, now) }
}

/** What the meter read before. */
function givenUp({ entries }: MeterChange): number {
  const resets = entries.filter(({ kind }) => kind === 'reset')
  return resets.reduce((sum, { quantity }) => sum - quantity, 0)
}
