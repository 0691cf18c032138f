import { advance, type CustomerState, factAfter } from './advance.ts'
import type { Catalogue } from './catalogue.ts'
import { grantsAt, isMeterGrant, type MeterGrant } from './grant.ts'
import { happensAfter } from './happenings.ts'
import { earliest, type Instant } from './instant.ts'
import type { Lot } from './lot.ts'
import type { Subscription } from './subscription.ts'

/**
 * The first instant after `now` at which time changes something durable; null when nothing will.
 *
 * A fact becoming true or ceasing to be, behind a pause too, used units to be closed, carried units to be opened or
 * to expire. A period in which nothing was used and from which nothing is carried closes without leaving a trace, so an
 * idle customer is never due for it, unless usage waits for the period that comes next.
 */
export function nextDue(state: CustomerState, catalogue: Catalogue, now: Instant): Instant | null {
  const advanced = advance(state, catalogue, now).state
  const at = advanced.advancedTo
  let due = earliest(
    factAfter(advanced.customer, catalogue, at),
    ...advanced.customer.subscriptions.map((each) => behindPause(each, at)),
  )
  for (const [featureId, lots] of advanced.lots) {
    const grants = grantsAt(advanced.customer, catalogue, featureId, at).filter(isMeterGrant)
    const carrying = holdingsOf(grants.filter(handsOn))
    const endless = holdingsOf(grants.filter(({ allowance }) => allowance.reset === 'never'))
    for (const lot of lots) {
      if (lot.endsAt === null) continue
      if (!leavesTrace(lot, carrying) && !isAwaited(lot, lots, endless)) continue
      if (due === null || lot.endsAt < due) due = lot.endsAt
    }
  }
  return due
}

/** What happens to a paused subscription changes nothing that holds, but is told. */
function behindPause(subscription: Subscription, after: Instant): Instant | null {
  return subscription.pausedAt === null ? null : happensAfter(subscription, after)
}

function leavesTrace(lot: Lot, carrying: ReadonlySet<string>): boolean {
  return lot.used > 0 || lot.kind === 'carried' || carrying.has(lot.holdingId)
}

/** Whether usage waits for this lot's end: whichever holding opens its next period first takes that usage over. */
function isAwaited(
  { kind, planId, holdingId }: Lot,
  lots: readonly Lot[],
  endless: ReadonlySet<string>,
): boolean {
  const waits = (lot: Lot): boolean =>
    (lot.kind === 'retired' && lot.planId === planId) ||
    (lot.kind === 'unattached' && endless.has(holdingId))
  return kind === 'allowance' && lots.some(waits)
}

/** Whether the allowance hands unspent units to the next period. */
function handsOn({ inForce, allowance }: MeterGrant): boolean {
  return inForce && allowance.rollover !== null
}

function holdingsOf(grants: readonly MeterGrant[]): ReadonlySet<string> {
  return new Set(grants.map(({ holding }) => holding.id))
}
