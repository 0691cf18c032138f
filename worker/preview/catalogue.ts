/**
 * What an edit of the catalogue would do: the edit itself up to its last step, and then the customers whom it would
 * reach, before and after.
 *
 * Customers who hold the same are looked at once, whatever their number. Singly are looked at only those whose lots
 * decide and those whom time has overtaken, within a bound; beyond it their summaries count, and the answer says so.
 * No customer object is called.
 */
import type { Customer } from '../../entitlements/customer.ts'
import type { Instant } from '../../entitlements/instant.ts'
import { invariant } from '../../entitlements/invariant.ts'
import type { CataloguePreview } from '../../schema/wire/preview.ts'
import type { Asking } from '../attempt.ts'
import type { StoredCatalogue } from '../change/stored-catalogue.ts'
import { changesOf } from './changes.ts'
import { examplesFrom, type Finding, findingOf } from './findings.ts'
import { impactAt, isReached, memberOf, type Outlook, outlookFor, threshold } from './groups.ts'
import { readPersons } from './persons.ts'
import { type GroupRow, readGroups, readLotHolders, readOvertaken, readUsage } from './queries.ts'
import type { LotsMatter, Question, Thresholds, UsageRow } from './queries.ts'
import { type Reach, reachOf } from './reach.ts'
import { Tally } from './tally.ts'

/** How many customers are looked at singly, and how many groups of customers who hold the same. */
export const APART_MAX = 1_000
export const GROUPS_MAX = 5_000

/** The bound on the work itself: pairs of a customer, or a group, and a feature. */
const APART_PAIRS_MAX = 50_000
const GROUP_PAIRS_MAX = 100_000

const EXAMPLES_MAX = 10

/** Compares the catalogue as it is with the catalogue as an edit would leave it. */
export async function previewCatalogue(
  call: Asking,
  stored: StoredCatalogue,
  edited: StoredCatalogue,
): Promise<CataloguePreview> {
  const reach = reachOf(stored, edited)
  const survey = reach.planIds.size === 0 ? NOBODY : await surveyOf(call, reach)
  const tally = new Tally()
  for (const [index, group] of survey.groups.entries()) {
    tallyGroup(tally, group, survey.apartOf.get(index) ?? 0)
  }
  for (const row of survey.usage) tallyUsage(tally, row, survey)
  const persons = await readPersons(call, reach, survey.apart)
  const findings = persons
    .filter(({ customer }) => isReached(customer, reach, call.now))
    .map((person) => findingOf(person, reach, call.now))
  for (const { impacts } of findings) {
    tally.customers += 1
    for (const [featureId, impact] of impacts) tally.add(featureId, impact, 1)
  }
  const dates = [...survey.usage, ...findings].flatMap(({ asOf }) => asOf ?? [])
  return {
    revision: stored.revision,
    changes: changesOf(stored, edited),
    plans: [...reach.planIds].toSorted(),
    ...tally.counts(),
    examples: await examplesOf(call, reach, survey, findings),
    asOf: dates.length === 0 ? null : new Date(Math.min(...dates)).toISOString(),
    exact: survey.exact,
  }
}

/** Customers who hold the same, and how the features stand for them. */
interface Group {
  readonly row: GroupRow
  readonly outlooks: ReadonlyMap<string, Outlook>
}

interface Survey {
  readonly groups: readonly Group[]
  readonly usage: readonly UsageRow[]
  /** Who is looked at singly; of those who were counted in a group, which one. */
  readonly apart: readonly string[]
  readonly apartOf: ReadonlyMap<number, number>
  readonly exact: boolean
}

const NOBODY: Survey = { groups: [], usage: [], apart: [], apartOf: new Map(), exact: true }

async function surveyOf(call: Asking, reach: Reach): Promise<Survey> {
  const { now, ports } = call
  const features = Math.max(1, reach.featureIds.length)
  const apartMax = Math.min(APART_MAX, Math.floor(APART_PAIRS_MAX / features))
  const groupsMax = Math.min(GROUPS_MAX, Math.floor(GROUP_PAIRS_MAX / features))
  const overtaken = await readOvertaken({ ports, reach, now }, apartMax + 1)
  const question = { ports, reach, now, apart: overtaken.slice(0, apartMax) }
  const rows = await readGroups(question, groupsMax + 1)
  const groups = rows.slice(0, groupsMax).flatMap((row) => groupFrom(row, reach, now))
  const left = apartMax - question.apart.length
  const lotHolders = await lotHoldersOf(question, groups, left + 1)
  const holders = lotHolders.slice(0, left)
  const isBeyond = lotHolders.length > left
  const apart = [...question.apart, ...holders.map(({ id }) => id)]
  return {
    groups,
    usage: await usageOf({ ...question, apart }, groups, isBeyond),
    apart,
    apartOf: countsOf(holders),
    exact: overtaken.length <= apartMax && rows.length <= groupsMax && !isBeyond,
  }
}

/** Nothing, where the edit passes the group by. */
function groupFrom(row: GroupRow, reach: Reach, now: Instant): readonly Group[] {
  const member: Customer = memberOf(row)
  if (!isReached(member, reach, now)) return []
  const outlooks = reach.featureIds.map(
    (featureId) => [featureId, outlookFor(member, reach, featureId, now)] as const,
  )
  return [{ row, outlooks: new Map(outlooks) }]
}

/** Who has used so much that their lots decide, each once. */
async function lotHoldersOf(question: Question, groups: readonly Group[], count: number) {
  const meters = groups.flatMap(({ outlooks }, group): LotsMatter[] =>
    [...outlooks].flatMap(([featureId, { usage, usedAtLeast }]) =>
      usage === 'lots' ? [{ group, featureId, usedAtLeast }] : [],
    ),
  )
  return meters.length === 0 ? [] : readLotHolders(question, groups.map(rowOf), meters, count)
}

async function usageOf(
  question: Question,
  groups: readonly Group[],
  withLots: boolean,
): Promise<readonly UsageRow[]> {
  const meters = groups.flatMap(({ outlooks }, group): Thresholds[] =>
    [...outlooks].flatMap(([featureId, { usage, before, after }]) =>
      usage === 'limits' || (withLots && usage === 'lots')
        ? [{ group, featureId, before: threshold(before.limit), after: threshold(after.limit) }]
        : [],
    ),
  )
  return meters.length === 0 ? [] : readUsage(question, groups.map(rowOf), meters)
}

function rowOf({ row }: Group): GroupRow {
  return row
}

function countsOf(holders: readonly { readonly group: number }[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { group } of holders) counts.set(group, (counts.get(group) ?? 0) + 1)
  return counts
}

/** Counts a group as if nobody in it had used anything, without those who are looked at singly. */
function tallyGroup(tally: Tally, { row, outlooks }: Group, apart: number): void {
  const customers = row.customers - apart
  tally.customers += customers
  for (const [featureId, { impact }] of outlooks) tally.add(featureId, impact, customers)
}

/** Counts those anew whose usage makes a difference. */
function tallyUsage(tally: Tally, row: UsageRow, { groups }: Survey): void {
  const outlook = groups[row.group]?.outlooks.get(row.featureId)
  invariant(outlook !== undefined, 'usage is read for the groups at hand')
  tally.add(row.featureId, outlook.impact, -row.customers)
  tally.add(row.featureId, impactAt(outlook, row), row.customers)
}

/** Customers by name. Of a group two are known, and they are looked at like any other. */
async function examplesOf(
  call: Asking,
  reach: Reach,
  { groups, usage }: Survey,
  findings: readonly Finding[],
): Promise<CataloguePreview['examples']> {
  const over = usage.filter((row) => {
    const outlook = groups[row.group]?.outlooks.get(row.featureId)
    return outlook !== undefined && impactAt(outlook, row).overLimit
  })
  const turning = (turn: 'gain' | 'loss') =>
    groups
      .filter(({ outlooks }) => [...outlooks.values()].some(({ impact }) => impact.turn === turn))
      .map(rowOf)
  const known = new Set(findings.map(({ customerId }) => customerId))
  const names = [...over, ...turning('loss'), ...turning('gain')]
    .flatMap(({ first, last }) => [first, last])
    .filter((id) => !known.has(id))
  const wanted = [...new Set(names)].slice(0, EXAMPLES_MAX)
  const persons = await readPersons(call, reach, wanted)
  const named = persons.map((person) => findingOf(person, reach, call.now))
  return examplesFrom([...findings, ...named], EXAMPLES_MAX)
}
