/** Reporting: recording usage that has happened, also late. */
import type { Instant } from '../entitlements/instant.ts'
import type { LedgerEntry } from '../entitlements/ledger.ts'
import { isLate, occurredWithin } from '../entitlements/occurred.ts'
import { report as reportUsage } from '../entitlements/report.ts'
import { entitlementAfter } from './answers.ts'
import type { ReportRequest, ReportResult } from './calls.ts'
import { bookChange, type Draft } from './draft.ts'
import { notAMeter, type Verdict } from './use.ts'

export function decideReport(
  draft: Draft,
  request: ReportRequest,
  now: Instant,
): Verdict<ReportResult> {
  const { featureId, occurredAt } = request
  const failure = notAMeter(draft.held.catalogue, featureId) ?? outOfRange(occurredAt, now)
  if (failure !== null) return { verdict: 'failure', failure }
  const { state, catalogue } = draft.held
  if (occurredAt !== null && isLate(state, catalogue, featureId, occurredAt, now)) {
    return recordLate(draft, request, occurredAt, now)
  }
  return record(draft, request, now)
}

function outOfRange(occurredAt: Instant | null, now: Instant) {
  const { from: earliestAt, to: latestAt } = occurredWithin(now)
  if (occurredAt === null || (occurredAt >= earliestAt && occurredAt <= latestAt)) return null
  return { code: 'occurred_at_out_of_range', earliestAt, latestAt } as const
}

function record(draft: Draft, request: ReportRequest, now: Instant): Verdict<ReportResult> {
  const { featureId, behaviour, value, enforce, actor } = request
  const { state, catalogue } = draft.held
  const usage = { behaviour, value, enforce }
  const reported = reportUsage(state, catalogue, featureId, usage, now)
  switch (reported.outcome) {
    case 'overflow':
      return { verdict: 'failure', failure: { code: 'quantity_overflow', featureId } }
    case 'refused': {
      const answer = entitlementAfter(draft, featureId, Math.max(1, value), now)
      return { verdict: 'refusal', result: { ...NOTHING, ...answer } }
    }
    case 'recorded': {
      const entries = reported.change.entries.map((entry) => dated(entry, request, now))
      bookChange(draft, featureId, { ...reported.change, entries }, now, actor)
      const { applied, clamped } = reported
      const answer = entitlementAfter(draft, featureId, 1, now)
      return {
        verdict: 'effect',
        result: { recorded: true, applied, clamped, late: false, ...answer },
      }
    }
  }
}

const NOTHING = { recorded: false, applied: 0, clamped: false, late: false } as const

/** The ledger shows usage on the day on which it happened; what time did on the way keeps its own date. */
function dated(entry: LedgerEntry, { occurredAt }: ReportRequest, now: Instant): LedgerEntry {
  if (occurredAt === null || entry.at !== now) return entry
  return { ...entry, at: Math.min(occurredAt, now) }
}

/** The lot that late usage is written to: it is opened and closed by each entry, so that nothing is left in it. */
const LATE_LOT = 'late'

/** History only: what was used of a closed period neither takes from the current one nor reopens the old. */
function recordLate(
  draft: Draft,
  request: ReportRequest,
  at: Instant,
  now: Instant,
): Verdict<ReportResult> {
  const { featureId, actor } = request
  for (const entry of lateEntries(request, at)) draft.bookings.push({ entry, actor })
  const answer = entitlementAfter(draft, featureId, 1, now)
  return {
    verdict: 'effect',
    result: { recorded: true, applied: 0, clamped: false, late: true, ...answer },
  }
}

/** A late `set` says what the reading was, not how much was used: it leaves its trace and no quantity. */
function lateEntries({ featureId, behaviour, value }: ReportRequest, at: Instant): LedgerEntry[] {
  const entry = { lotId: `${LATE_LOT}/${featureId}`, featureId, at }
  if (behaviour === 'set') return [{ ...entry, kind: 'set', quantity: 0 }]
  return [
    { ...entry, kind: value < 0 ? 'give_back' : 'report', quantity: value },
    { ...entry, kind: 'period_closed', quantity: -value },
  ]
}
