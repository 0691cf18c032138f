import { useState } from 'react'
import type { Feature, Plan, PlanPatch } from '../api/catalogue.ts'
import { type Edit, type Edits, NO_EDITS } from './edits.ts'

/** A plan with what somebody has edited of it. */
export interface Editing {
  /** The plan as it was when the first edit was made: what is saved is compared with it. */
  readonly base: Plan
  readonly details: PlanPatch
  readonly edits: Edits
  readonly changes: number
  /** Whether somebody else has saved the plan meanwhile. */
  readonly isBehind: boolean
  readonly setDetails: (patch: PlanPatch) => void
  readonly edit: (feature: Feature, change: Edit) => void
  readonly undo: (feature: Feature) => void
  readonly forget: () => void
  /** Goes on from what was saved. */
  readonly begin: (saved: Plan) => void
}

/** Edits of a plan that have not been saved; they outlive that the plan is read again. */
export function useEditing(plan: Plan): Editing {
  const [base, setBase] = useState(plan)
  const [details, setDetails] = useState<PlanPatch>({})
  const [edits, setEdits] = useState<Edits>(NO_EDITS)
  const changes = Object.keys(details).length + edits.size
  const isNewer = plan.revision > base.revision
  if (isNewer && changes === 0) setBase(plan)
  const forget = () => {
    setDetails({})
    setEdits(NO_EDITS)
  }
  return {
    base,
    details,
    edits,
    changes,
    isBehind: isNewer && changes > 0,
    setDetails,
    edit: ({ id }, change) => setEdits(new Map(edits).set(id, change)),
    undo: ({ id }) => setEdits(new Map([...edits].filter(([featureId]) => featureId !== id))),
    forget,
    begin: (saved) => {
      setBase(saved)
      forget()
    },
  }
}
