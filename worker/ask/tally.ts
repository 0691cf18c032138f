/**
 * How often each feature is asked about, and what is answered: counted in this isolate's memory, and written to D1 behind an
 * answer, at most once in ten seconds. Good enough for a chart, and nothing else: usage is the customer objects' affair.
 *
 * A check is a question about one feature of one customer: `check`, an item of a batch, a use that may be refused. What is
 * answered at once adds one to a number, and goes the long way where it is time to write.
 */
import type { Entitlement } from '../../entitlements/entitlement.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { type Asking, attempt } from '../attempt.ts'
import { startTiming } from '../timing.ts'

/** What was answered about one feature. */
interface Answers {
  granted: number
  denied: number
}

/** What was answered in one hour, by feature. */
interface Tally {
  readonly hour: Instant
  readonly answers: Map<string, Answers>
}

/** The newest last, each of another hour. */
let tallies: Tally[] = []
let writtenAt: Instant = -Infinity

const HOUR_MS = 3_600_000
const WRITE_EVERY_MS = 10_000
const WRITE_LIMIT_MS = 5_000
/** Twice what a catalogue holds: features come and go. */
const FEATURES_MAX = 1_000
/** How long D1 may be away before the oldest hour is given up. */
const HOURS_MAX = 24

/** Forgets everything, as a new isolate would. */
export function forgetTallies(): void {
  tallies = []
  writtenAt = -Infinity
}

/** Counts an answer. One about what is no feature of the catalogue counts for nothing: anybody can ask for anything. */
export function countAnswer(
  now: Instant,
  { featureId, type }: Pick<Entitlement, 'featureId' | 'type'>,
  isGranted: boolean,
): void {
  if (type === null) return
  const answers = answersIn(tallyAt(now), featureId)
  if (answers === null) return
  if (isGranted) answers.granted += 1
  else answers.denied += 1
}

/** Whether it is time for an answer to have the counts written behind it. */
export function isWriteDue(now: Instant): boolean {
  return now - writtenAt >= WRITE_EVERY_MS
}

/** Has the counts written behind the answer, where it is time. */
export function writeBehind({ ports, now, waitUntil }: Asking): void {
  // The answer does not wait for it, so it is none of the times that the answer tells of.
  if (isWriteDue(now)) waitUntil(writeCounts({ ports, now, timing: startTiming(ports.clock.now) }))
}

/**
 * Adds the counts to what D1 has. They are taken back where it refuses them; where it does not answer nobody knows whether
 * it has them, and counting twice would be worse than losing some.
 */
export async function writeCounts(asking: Pick<Asking, 'ports' | 'timing' | 'now'>): Promise<void> {
  const written = tallies
  tallies = []
  writtenAt = asking.now
  if (written.length === 0) return
  const rows = written.flatMap(({ hour, answers }) =>
    [...answers].map(([featureId, { granted, denied }]) => [hour, featureId, granted, denied]),
  )
  const done = await attempt(asking, 'd1', WRITE_LIMIT_MS, () =>
    asking.ports.db.prepare(ADD).bind(JSON.stringify(rows)).run(),
  )
  if (!done.ok && done.error !== 'late') takeBack(written)
}

/** What was counted meanwhile is newer. */
function takeBack(written: readonly Tally[]): void {
  const newer = tallies
  tallies = [...written]
  for (const { hour, answers } of newer) {
    const tally = tallyAt(hour)
    for (const [featureId, { granted, denied }] of answers) {
      const sum = answersIn(tally, featureId)
      if (sum === null) continue
      sum.granted += granted
      sum.denied += denied
    }
  }
}

function tallyAt(now: Instant): Tally {
  const newest = tallies.at(-1)
  if (newest !== undefined && now < newest.hour + HOUR_MS) return newest
  const tally = { hour: now - (now % HOUR_MS), answers: new Map() }
  tallies.push(tally)
  if (tallies.length > HOURS_MAX) tallies.shift()
  return tally
}

function answersIn({ answers }: Tally, featureId: string): Answers | null {
  const known = answers.get(featureId)
  if (known !== undefined) return known
  if (answers.size >= FEATURES_MAX) return null
  const none = { granted: 0, denied: 0 }
  answers.set(featureId, none)
  return none
}

/** Only features that there are, whatever an isolate with an old catalogue has counted. */
const ADD = `INSERT INTO statistics (at, feature_id, granted, denied)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)
  WHERE value ->> 1 IN (SELECT id FROM features)
  ON CONFLICT (at, feature_id) DO UPDATE SET granted = granted + excluded.granted, denied = denied + excluded.denied`
