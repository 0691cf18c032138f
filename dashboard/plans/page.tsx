import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { type Catalogue, catalogueQuery, type Plan, type PlanPatch } from '../api/catalogue.ts'
import { Behind } from '../parts/behind.tsx'
import { Leaving } from '../parts/leaving.tsx'
import { Missing } from '../parts/missing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Unread } from '../parts/unread.tsx'
import { useMay } from '../shell/session-context.ts'
import { Actions, type Asking } from './actions.tsx'
import { Allowances } from './allowances.tsx'
import { Details } from './details.tsx'
import { type Editing, useEditing } from './editing.ts'
import { edited, patchFrom } from './edits.ts'
import { Line } from './line.tsx'
import { byId, type Given, givenBy } from './resolve.ts'

const AllowanceDialog = lazy(async () => ({
  default: (await import('./allowance-dialog.tsx')).AllowanceDialog,
}))
const Review = lazy(async () => ({ default: (await import('./review.tsx')).Review }))
const NewPlan = lazy(async () => ({ default: (await import('./new-plan.tsx')).NewPlan }))
const DefaultPlan = lazy(async () => ({
  default: (await import('./default-plan.tsx')).DefaultPlan,
}))

/** One plan: what it gives and where each value comes from. Edits are gathered, tried and then saved together. */
export function PlanPage() {
  const { planId } = useParams({ from: '/plans/$planId' })
  const catalogue = useQuery(catalogueQuery)
  if (catalogue.data === undefined) return <Unread query={catalogue} />
  const plan = catalogue.data.plans.find(({ id }) => id === planId)
  // One that was made just now comes with the catalogue that is being read.
  if (plan === undefined) return catalogue.isFetching ? <Unread query={catalogue} /> : <Missing />
  return <Editor key={plan.id} plan={plan} catalogue={catalogue.data} />
}

function Editor({ plan, catalogue }: { readonly plan: Plan; readonly catalogue: Catalogue }) {
  const mayEdit = useMay('catalogue')
  const editing = useEditing(plan)
  const { base, details, edits, changes } = editing
  const [asking, setAsking] = useState<Asking | null>(null)
  const plans = byId(catalogue.plans)
  const planned = below(base, details)
  const parent = parentOf(planned, plans)
  const given = edited(givenBy(planned, plans), parent, edits, planned)
  const patch = { ...details, ...patchFrom(edits) }
  const close = () => setAsking(null)
  return (
    <>
      <PageHead
        title={base.name}
        detail={<Line plan={base} plans={plans} defaultPlanId={catalogue.defaultPlanId} />}
        actions={
          <Actions
            plan={base}
            isDefault={catalogue.defaultPlanId === base.id}
            changes={changes}
            disabled={!mayEdit}
            onAsk={setAsking}
            onForget={editing.forget}
          />
        }
      />
      {editing.isBehind ? <Behind what="plan" onForget={editing.forget} /> : null}
      <Details
        plan={base}
        plans={catalogue.plans}
        patch={details}
        disabled={!mayEdit}
        onChange={editing.setDetails}
      />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Features</h2>
      <Allowances
        planId={base.id}
        features={catalogue.features}
        given={given}
        parent={parent}
        changed={edits}
        disabled={!mayEdit}
        onEdit={(feature) => setAsking({ for: 'allowance', feature })}
        onChange={editing.edit}
        onUndo={editing.undo}
      />
      <Leaving isEdited={changes > 0} />
      <Suspense>
        <Asked {...{ asking, plan: base, catalogue, given, patch, editing }} onClose={close} />
      </Suspense>
    </>
  )
}

/** The dialog that somebody asked for. */
function Asked(props: {
  readonly asking: Asking | null
  readonly plan: Plan
  readonly catalogue: Catalogue
  readonly given: ReadonlyMap<string, Given>
  readonly patch: PlanPatch
  readonly editing: Editing
  readonly onClose: () => void
}) {
  const { asking, plan, catalogue, given, patch, editing, onClose } = props
  switch (asking?.for) {
    case undefined:
      return null
    case 'allowance':
      return (
        <AllowanceDialog
          feature={asking.feature}
          given={given.get(asking.feature.id)}
          onSave={(statement) => {
            editing.edit(asking.feature, statement)
            onClose()
          }}
          onClose={onClose}
        />
      )
    case 'review': {
      const saved = (now: Plan) => {
        editing.begin(now)
        onClose()
      }
      return <Review plan={plan} patch={patch} onSaved={saved} onClose={onClose} />
    }
    case 'copy':
      return <NewPlan like={plan} onClose={onClose} />
    case 'default': {
      const isDefault = catalogue.defaultPlanId === plan.id
      return <DefaultPlan plan={plan} isDefault={isDefault} onClose={onClose} />
    }
  }
}

/** The plan below the parent that it is to have. */
function below(plan: Plan, { parentId = plan.parentId }: PlanPatch): Plan {
  return { ...plan, parentId }
}

/** What the plan would give if it stated nothing itself. */
function parentOf(plan: Plan, plans: ReadonlyMap<string, Plan>): ReadonlyMap<string, Given> {
  const parent = plan.parentId === null ? undefined : plans.get(plan.parentId)
  return parent === undefined ? new Map() : givenBy(parent, plans)
}
