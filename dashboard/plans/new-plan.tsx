import { Input } from '@cloudflare/kumo/components/input'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import {
  CATALOGUE_ID,
  catalogueQuery,
  createPlan,
  type Plan,
  type PlanInput,
} from '../api/catalogue.ts'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'

/** Makes a plan: an empty one, or a copy of another under an id of its own. */
export function NewPlan(props: { readonly like?: Plan; readonly onClose: () => void }) {
  const { like, onClose } = props
  const navigate = useNavigate()
  const { data } = useQuery(catalogueQuery)
  const [draft, setDraft] = useState(() => begun(like))
  const { id, name } = draft
  const isTaken = data?.plans.some((plan) => plan.id === id) === true
  const making = useChange({
    send: () => createPlan(id, { ...(like === undefined ? {} : copied(like)), ...statedIn(draft) }),
    touches: [catalogueQuery.queryKey],
    isQuiet: true,
    onDone: () => {
      onClose()
      void navigate({ to: '/plans/$planId', params: { planId: id } })
    },
  })
  return (
    <FormDialog
      title={like === undefined ? 'New plan' : `Copy of ${like.name}`}
      action="Create"
      isSending={making.isPending}
      error={making.error}
      canSend={CATALOGUE_ID.test(id) && !isTaken && name.trim() !== ''}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <Input
        label="Id"
        description="Lower-case letters, digits, - and _; it never changes."
        value={id}
        required
        onChange={({ target }) => setDraft({ ...draft, id: target.value })}
        {...(isTaken && { error: 'A plan has this id already, maybe an archived one.' })}
      />
      <Input
        label="Name"
        value={name}
        required
        maxLength={128}
        onChange={({ target }) => setDraft({ ...draft, name: target.value })}
      />
      {like === undefined ? (
        <Beginning draft={draft} plans={data?.plans ?? []} onChange={setDraft} />
      ) : null}
    </FormDialog>
  )
}

interface Draft {
  readonly id: string
  readonly name: string
  readonly kind: Plan['kind']
  readonly parentId: string | null
}

/** What a new plan begins with; the kind never changes. */
function Beginning(props: {
  readonly draft: Draft
  readonly plans: readonly Plan[]
  readonly onChange: (draft: Draft) => void
}) {
  const { draft, plans, onChange } = props
  const parents = plans.filter(({ archivedAt }) => archivedAt === null)
  return (
    <>
      <Choice
        label="Kind"
        value={draft.kind}
        options={[
          ['base', 'base: a customer has one at a time'],
          ['addon', 'add-on: beside it, any number'],
        ]}
        onChoose={(kind) => onChange({ ...draft, kind: kind === 'addon' ? 'addon' : 'base' })}
      />
      <Choice
        label="Inherits from"
        value={draft.parentId ?? undefined}
        none="no plan"
        options={parents.map(({ id, name }) => [id, `${name} (${id})`])}
        onChoose={(parentId) => onChange({ ...draft, parentId: parentId ?? null })}
      />
    </>
  )
}

function begun(like: Plan | undefined): Draft {
  if (like === undefined) return { id: '', name: '', kind: 'base', parentId: null }
  const { id, name, kind, parentId } = like
  return { id: `${id}-2`, name: `${name} (copy)`, kind, parentId }
}

function statedIn({ name, kind, parentId }: Draft): PlanInput {
  return { name: name.trim(), kind, parentId }
}

/** What a copy takes over: everything that the plan says, and nothing that was made by the service. */
function copied(plan: Plan): PlanInput {
  const { description, rank, visibility, trialDays, graceDays } = plan
  const { prices, allowances, metadata } = plan
  return {
    ...(description !== undefined && { description }),
    rank,
    visibility,
    trialDays,
    graceDays,
    prices,
    allowances,
    metadata,
  }
}
