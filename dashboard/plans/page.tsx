import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import {
  archivePlan,
  type Catalogue,
  catalogueQuery,
  type Feature,
  type Plan,
  type PlanPatch,
} from '../api/catalogue.ts'
import { Archive } from '../parts/archive.tsx'
import { Broken } from '../parts/broken.tsx'
import { Missing } from '../parts/missing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useMay } from '../shell/session-context.ts'
import { Allowances } from './allowances.tsx'
import { Details } from './details.tsx'
import { type Edit, edited, type Edits, patchFrom } from './edits.ts'
import { byId, givenBy, lineOf } from './resolve.ts'

const AllowanceDialog = lazy(async () => ({
  default: (await import('./allowance-dialog.tsx')).AllowanceDialog,
}))
const Review = lazy(async () => ({ default: (await import('./review.tsx')).Review }))
const NewPlan = lazy(async () => ({ default: (await import('./new-plan.tsx')).NewPlan }))

/** One plan: what it gives and where each value comes from. Edits are gathered, tried and then saved together. */
export function PlanPage() {
  const { planId } = useParams({ from: '/plans/$planId' })
  const catalogue = useQuery(catalogueQuery)
  if (catalogue.isError) {
    return <Broken error={catalogue.error} reset={() => void catalogue.refetch()} />
  }
  if (catalogue.isPending) return <Waiting />
  const plan = catalogue.data.plans.find(({ id }) => id === planId)
  if (plan === undefined) return <Missing />
  return <Editor key={`${plan.id} ${plan.revision}`} plan={plan} catalogue={catalogue.data} />
}

function Editor({ plan, catalogue }: { readonly plan: Plan; readonly catalogue: Catalogue }) {
  const mayEdit = useMay('catalogue')
  const [details, setDetails] = useState<PlanPatch>({})
  const [edits, setEdits] = useState<Edits>(new Map())
  const [editing, setEditing] = useState<Feature | null>(null)
  const [asking, setAsking] = useState<'review' | 'copy' | null>(null)
  const plans = byId(catalogue.plans)
  const given = edited(givenBy(plan, plans), givenBy(parentOnly(plan, plans), plans), edits, plan)
  const edit = (featureId: string, change: Edit) => setEdits(new Map(edits).set(featureId, change))
  const patch = { ...details, ...patchFrom(edits) }
  const changes = Object.keys(details).length + edits.size
  return (
    <>
      <PageHead
        title={plan.name}
        detail={<Line plan={plan} plans={plans} />}
        actions={
          <Actions
            plan={plan}
            changes={changes}
            disabled={!mayEdit}
            onCopy={() => setAsking('copy')}
            onReview={() => setAsking('review')}
          />
        }
      />
      <Details
        plan={plan}
        plans={catalogue.plans}
        patch={details}
        disabled={!mayEdit}
        onChange={setDetails}
      />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Features</h2>
      <Allowances
        features={catalogue.features}
        given={given}
        parent={plan.parentId === null ? new Map() : givenBy(parentOnly(plan, plans), plans)}
        changed={edits}
        disabled={!mayEdit}
        onEdit={setEditing}
        onChange={edit}
      />
      <Suspense>
        {editing === null ? null : (
          <AllowanceDialog
            feature={editing}
            given={given.get(editing.id)}
            onSave={(change) => {
              edit(editing.id, change)
              setEditing(null)
            }}
            onClose={() => setEditing(null)}
          />
        )}
        {asking === 'review' ? (
          <Review plan={plan} patch={patch} onClose={() => setAsking(null)} />
        ) : null}
        {asking === 'copy' ? <NewPlan like={plan} onClose={() => setAsking(null)} /> : null}
      </Suspense>
    </>
  )
}

function Actions(props: {
  readonly plan: Plan
  readonly changes: number
  readonly disabled: boolean
  readonly onCopy: () => void
  readonly onReview: () => void
}) {
  const { plan, changes, disabled, onCopy, onReview } = props
  return (
    <>
      <Archive what={plan} disabled={disabled} archive={() => archivePlan(plan.id)} />
      <Button disabled={disabled} onClick={onCopy}>
        Duplicate
      </Button>
      <Button variant="primary" disabled={disabled || changes === 0} onClick={onReview}>
        {changes === 0 ? 'No changes' : `Review ${changes} change${changes === 1 ? '' : 's'}`}
      </Button>
    </>
  )
}

/** The plan as it would be if it stated nothing itself. */
function parentOnly(plan: Plan, plans: ReadonlyMap<string, Plan>): Plan {
  return plan.parentId === null ? { ...plan, allowances: {} } : (plans.get(plan.parentId) ?? plan)
}

function Line({ plan, plans }: { readonly plan: Plan; readonly plans: ReadonlyMap<string, Plan> }) {
  const [, ...parents] = lineOf(plan, plans)
  return (
    <span className="flex flex-wrap items-center gap-2">
      <code>{plan.id}</code>
      {plan.archivedAt === null ? null : <Badge variant="outline">archived</Badge>}
      {parents.length === 0 ? 'inherits from no plan' : 'inherits from '}
      {parents.map((parent, index) => (
        <span key={parent.id}>
          {index === 0 ? '' : '← '}
          <Link to="/plans/$planId" params={{ planId: parent.id }} className="underline">
            <bdi>{parent.name}</bdi>
          </Link>
        </span>
      ))}
    </span>
  )
}
