import { Input } from '@cloudflare/kumo/components/input'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { CATALOGUE_ID, catalogueQuery, createFeature, type Feature } from '../api/catalogue.ts'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'

type FeatureType = Feature['type']

/** Makes a feature: its id and type are said once and never change. */
export function NewFeature({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [type, setType] = useState<FeatureType>('boolean')
  const { data } = useQuery(catalogueQuery)
  const isTaken = data?.features.some((feature) => feature.id === id) === true
  const making = useChange({
    send: () => createFeature(id, { type, name }),
    touches: [catalogueQuery.queryKey],
    isQuiet: true,
    onDone: () => {
      onClose()
      void navigate({ to: '/features/$featureId', params: { featureId: id } })
    },
  })
  return (
    <FormDialog
      title="New feature"
      action="Create"
      isSending={making.isPending}
      error={making.error}
      canSend={CATALOGUE_ID.test(id) && !isTaken && name !== ''}
      onSend={() => making.mutate()}
      onClose={onClose}
    >
      <Input
        label="Id"
        description="What your code asks for: lower-case letters, digits, - and _; it never changes."
        value={id}
        required
        onChange={({ target }) => setId(target.value)}
        {...(isTaken && { error: 'A feature has this id already, maybe an archived one.' })}
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
    </FormDialog>
  )
}
