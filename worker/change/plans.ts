/** What a request makes of a plan. */
import type { Allowance, Statement } from '../../entitlements/allowance.ts'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import { editStatement, type StatementPatch } from '../../entitlements/edit.ts'
import { err, ok, type Result } from '../../entitlements/result.ts'
import {
  planInput,
  type PlanAnswer,
  type PlanInput,
  type PlanPatch,
} from '../../schema/wire/plan.ts'
import type { Failure } from '../failures.ts'
import { allowanceFailure, unknownFeature } from './catalogue-failure.ts'
import { patched } from './merge-patch.ts'
import type { FeatureContent, PlanContent, PlanRow, StoredCatalogue } from './stored-catalogue.ts'

type Features = ReadonlyMap<string, FeatureContent>
type Statements = PlanContent['allowances']

/** A plan as it is stated whole; stating it brings an archived one back. `at` points to it in the request. */
export function statedPlan(
  id: string,
  input: PlanInput,
  features: Features,
  at: string,
): Result<PlanContent, Failure> {
  const statements = stated(new Map(), input.allowances ?? {}, {
    features,
    at,
    inForce: () => null,
  })
  return statements.ok ? ok(contentOf(id, input, statements.value)) : statements
}

/** The plan after a merge patch, which goes one level into each allowance; an archived one stays archived. */
export function patchedPlan(
  row: PlanRow,
  { allowances, ...patch }: PlanPatch,
  { features, compiled }: StoredCatalogue,
): Result<PlanContent, Failure> {
  const input = patched(planInput, inputOf(row), patch)
  if (!input.ok) return input
  const plan = compiled.get(row.id)
  const inForce = (featureId: string) => plan?.allowances.get(featureId)?.allowance ?? null
  const own = new Map(allowances === null ? [] : Object.entries(row.allowances))
  const statements = stated(own, allowances ?? {}, { features, at: '', inForce })
  if (!statements.ok) return statements
  return ok({ ...contentOf(row.id, input.value, statements.value), archivedAt: row.archivedAt })
}

/** A plan as it is answered. */
export function planView(row: PlanRow): PlanAnswer {
  const { documentRevision: _, description, createdAt, updatedAt, archivedAt, ...rest } = row
  return {
    ...rest,
    ...(description === null ? {} : { description }),
    prices: [...row.prices],
    archivedAt: archivedAt === null ? null : new Date(archivedAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  }
}

/** Every feature that a plan gives or takes away, with where that was said; in the order of ids. */
export function compiledView({ allowances, removed }: CompiledPlan) {
  const given = [...allowances].map(([featureId, each]) => ({ featureId, ...each }))
  const taken = [...removed].map(([featureId, fromPlanId]) => ({
    featureId,
    allowance: { removed: true as const },
    mark: 'removed' as const,
    fromPlanId,
  }))
  return [...given, ...taken].toSorted((a, b) => (a.featureId < b.featureId ? -1 : 1))
}

interface Stating {
  readonly features: Features
  readonly at: string
  /** The allowance from which a patch takes what it leaves out. */
  readonly inForce: (featureId: string) => Allowance | null
}

/** The plan's own statements after `patches`. */
function stated(
  own: ReadonlyMap<string, Statement>,
  patches: { readonly [featureId: string]: StatementPatch },
  { features, at, inForce }: Stating,
): Result<Statements, Failure> {
  const statements = new Map(own)
  for (const [featureId, patch] of Object.entries(patches)) {
    const type = features.get(featureId)?.type
    if (type === undefined) return err(unknownFeature(featureId, { features }, at))
    const edited = editStatement(inForce(featureId), patch, type)
    if (!edited.ok) return err(allowanceFailure(edited.error, featureId, at))
    if (edited.value === null) statements.delete(featureId)
    else statements.set(featureId, edited.value)
  }
  return ok(Object.fromEntries(statements))
}

function contentOf(id: string, input: PlanInput, allowances: Statements): PlanContent {
  return {
    id,
    name: input.name ?? id,
    description: input.description ?? null,
    parentId: input.parentId ?? null,
    kind: input.kind ?? 'base',
    rank: input.rank ?? 0,
    visibility: input.visibility ?? 'public',
    trialDays: input.trialDays ?? 0,
    graceDays: input.graceDays ?? null,
    prices: input.prices ?? [],
    allowances,
    metadata: input.metadata ?? {},
    archivedAt: null,
  }
}

/** The plan as a request would state it, but for its allowances. */
function inputOf(row: PlanRow) {
  const { name, description, parentId, kind, rank, visibility, trialDays, graceDays } = row
  return {
    name,
    ...(description === null ? {} : { description }),
    parentId,
    kind,
    rank,
    visibility,
    trialDays,
    graceDays,
    prices: row.prices.map((price) => ({ ...price })),
    metadata: row.metadata,
  }
}
