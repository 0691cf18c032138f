import { Input } from '@cloudflare/kumo/components/input'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import {
  CATALOGUE_ID,
  catalogueQuery,
  type Plan,
  type PlanInput,
  putPlan,
} from '../api/catalogue.ts'
import { FormDialog } from '../parts/form-dialog.tsx'

/** Makes a plan: an empty one, or a copy of another under an id of its own. */
export function NewPlan(props: { readonly like?: Plan; readonly onClose: () => void }) {
  const { like, onClose } = props
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [id, setId] = useState(like === undefined ? '' : `${like.id}-2`)
  const [name, setName] = useState(like === undefined ? '' : `${like.name} (copy)`)
  const making = useMutation({
    mutationFn: () => putPlan(id, { ...(like === undefined ? {} : copied(like)), name }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: catalogueQuery.queryKey })
      onClose()
      await navigate({ to: '/plans/$planId', params: { planId: id } })
    },
  })
  return (
    <FormDialog
      title={like === undefined ? 'New plan' : `Copy of ${like.name}`}
      action="Create"
      isSending={making.isPending}
      error={making.error}
      canSend={CATALOGUE_ID.test(id) && name !== ''}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <Input
        label="Id"
        description="Lower-case letters, digits, - and _; it never changes."
        value={id}
        required
        onChange={({ target }) => setId(target.value)}
      />
      <Input
        label="Name"
        value={name}
        required
        maxLength={128}
        onChange={({ target }) => setName(target.value)}
      />
    </FormDialog>
  )
}

/** What a copy takes over: everything that the plan says, and nothing that was made by the service. */
function copied(plan: Plan): PlanInput {
  const { description, parentId, kind, rank, visibility, trialDays, graceDays } = plan
  const { prices, allowances, metadata } = plan
  return {
    ...(description !== undefined && { description }),
    parentId,
    kind,
    rank,
    visibility,
    trialDays,
    graceDays,
    prices,
    allowances,
    metadata,
  }
}
