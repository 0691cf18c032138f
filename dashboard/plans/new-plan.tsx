import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import { Input } from '@cloudflare/kumo/components/input'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { catalogueQuery, type Plan, type PlanInput, putPlan } from '../api/catalogue.ts'

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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    making.mutate()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog className="p-6">
        <Dialog.Title className="mb-4 text-xl font-semibold">
          {like === undefined ? 'New plan' : `Copy of ${like.name}`}
        </Dialog.Title>
        <form className="flex flex-col gap-4" onSubmit={submit}>
          <Input
            label="Id"
            description="Lower-case letters, digits, - and _; it never changes."
            value={id}
            required
            pattern="[a-z0-9][a-z0-9_\-]{0,63}"
            onChange={({ target }) => setId(target.value)}
          />
          <Input
            label="Name"
            value={name}
            required
            maxLength={128}
            onChange={({ target }) => setName(target.value)}
          />
          {making.isError ? <p role="alert">{making.error.message}</p> : null}
          <div className="flex justify-end gap-2">
            <Button type="button" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" variant="primary" loading={making.isPending}>
              Create
            </Button>
          </div>
        </form>
      </Dialog>
    </Dialog.Root>
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
