import { Button } from '@cloudflare/kumo/components/button'
import { Dialog } from '@cloudflare/kumo/components/dialog'
import { Input } from '@cloudflare/kumo/components/input'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { catalogueQuery, type Feature, putFeature } from '../api/catalogue.ts'
import { Choice } from '../parts/choice.tsx'

type FeatureType = Feature['type']

/** Makes a feature: its id and type are said once and never change. */
export function NewFeature({ onClose }: { readonly onClose: () => void }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [type, setType] = useState<FeatureType>('boolean')
  const making = useMutation({
    mutationFn: () => putFeature(id, { type, name }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: catalogueQuery.queryKey })
      onClose()
      await navigate({ to: '/features/$featureId', params: { featureId: id } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    making.mutate()
  }
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog className="p-6">
        <Dialog.Title className="mb-4 text-xl font-semibold">New feature</Dialog.Title>
        <form className="flex flex-col gap-4" onSubmit={submit}>
          <Input
            label="Id"
            description="What your code asks for; it never changes."
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
          <Choice
            label="Type"
            value={type}
            options={[
              ['boolean', 'boolean: there or not'],
              ['meter', 'meter: counted against a limit'],
              ['customizable', 'customizable: a value'],
            ]}
            onChoose={(chosen) =>
              setType(chosen === 'meter' || chosen === 'customizable' ? chosen : 'boolean')
            }
          />
          {making.isError ? <p role="alert">{making.error.message}</p> : null}
          <div className="flex justify-end gap-2">
            <Dialog.Close render={<Button>Cancel</Button>} />
            <Button type="submit" variant="primary" loading={making.isPending}>
              Create
            </Button>
          </div>
        </form>
      </Dialog>
    </Dialog.Root>
  )
}
