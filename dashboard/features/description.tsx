import { Button } from '@cloudflare/kumo/components/button'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { type FormEvent, useState } from 'react'
import { catalogueQuery, type Feature, type FeaturePatch, patchFeature } from '../api/catalogue.ts'
import { Behind } from '../parts/behind.tsx'
import { useChange } from '../parts/change.ts'
import { Choice } from '../parts/choice.tsx'
import { Leaving } from '../parts/leaving.tsx'

interface Describing {
  readonly base: Feature
  readonly patch: FeaturePatch
  readonly disabled: boolean
  readonly onChange: (patch: FeaturePatch) => void
}

/** What a feature is called and how it is counted. Edits outlive that it is read again; only what differs is sent. */
export function Description(props: { readonly feature: Feature; readonly disabled: boolean }) {
  const { feature, disabled } = props
  /** The feature as it was when the first edit was made. */
  const [base, setBase] = useState(feature)
  const [patch, setPatch] = useState<FeaturePatch>({})
  const isEdited = Object.keys(patch).length > 0
  const isNewer = feature.revision > base.revision
  const isBehind = isNewer && isEdited
  if (isNewer && !isEdited) setBase(feature)
  const saving = useChange({
    send: () => patchFeature(base, patch),
    touches: [catalogueQuery.queryKey],
    isQuiet: true,
    onDone: (saved) => {
      setBase(saved)
      setPatch({})
    },
  })
  const forget = () => {
    setPatch({})
    saving.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate()
  }
  return (
    <>
      {isBehind ? <Behind what="feature" onForget={forget} /> : null}
      <form onSubmit={submit}>
        <Fields base={base} patch={patch} disabled={disabled} onChange={setPatch} />
        {saving.isError && !isBehind ? (
          <p role="alert" className="mt-2 text-kumo-danger">
            {saving.error.message}
          </p>
        ) : null}
        <Button
          className="mt-3"
          type="submit"
          variant="primary"
          loading={saving.isPending}
          disabled={disabled || !isEdited}
        >
          Save
        </Button>
      </form>
      <Leaving isEdited={isEdited} />
    </>
  )
}

function Fields({ base, patch, disabled, onChange }: Describing) {
  const now = { ...base, ...patch }
  const set = <Field extends keyof FeaturePatch>(field: Field, value: FeaturePatch[Field]) => {
    const { [field]: _, ...rest } = patch
    const isAsItWas = JSON.stringify(value) === JSON.stringify(base[field] ?? null)
    onChange(isAsItWas ? rest : { ...patch, [field]: value })
  }
  return (
    <fieldset disabled={disabled} className="grid max-w-3xl items-start gap-4 sm:grid-cols-2">
      <legend className="sr-only">Description</legend>
      <Input
        label="Name"
        required
        maxLength={128}
        value={now.name ?? ''}
        onChange={({ target }) => set('name', target.value)}
      />
      <Choice
        label="When nothing can be known"
        value={now.onUnavailable ?? 'deny'}
        disabled={disabled}
        options={[
          ['deny', 'deny'],
          ['allow', 'allow'],
        ]}
        onChoose={(chosen) => set('onUnavailable', chosen === 'allow' ? 'allow' : 'deny')}
      />
      <InputArea
        label="Description"
        maxLength={1024}
        value={now.description ?? ''}
        onChange={({ target }) => set('description', target.value || null)}
      />
      {base.type === 'meter' ? (
        <Unit unit={now.unit} onChange={(unit) => set('unit', unit)} />
      ) : null}
    </fieldset>
  )
}

/** Both words or none: without them the units have no name. */
function Unit(props: {
  readonly unit: FeaturePatch['unit']
  readonly onChange: (unit: NonNullable<FeaturePatch['unit']> | null) => void
}) {
  const { singular = '', plural = '' } = props.unit ?? {}
  const say = (unit: NonNullable<FeaturePatch['unit']>) =>
    props.onChange(unit.singular === '' && unit.plural === '' ? null : unit)
  const isRequired = singular !== '' || plural !== ''
  return (
    <div className="flex flex-wrap gap-2">
      <Input
        label="One is a"
        value={singular}
        required={isRequired}
        maxLength={64}
        onChange={({ target }) => say({ singular: target.value, plural })}
      />
      <Input
        label="Several are"
        value={plural}
        required={isRequired}
        maxLength={64}
        onChange={({ target }) => say({ singular, plural: target.value })}
      />
    </div>
  )
}
