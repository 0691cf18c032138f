import { Button } from '@cloudflare/kumo/components/button'
import { Input, InputArea } from '@cloudflare/kumo/components/input'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import {
  archiveFeature,
  type Catalogue,
  catalogueQuery,
  type Feature,
  type FeaturePatch,
  patchFeature,
  restoreFeature,
} from '../api/catalogue.ts'
import { Archive } from '../parts/archive.tsx'
import { Broken } from '../parts/broken.tsx'
import { Choice } from '../parts/choice.tsx'
import { Missing } from '../parts/missing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { byId, givenBy, statementText } from '../plans/resolve.ts'
import { useMay } from '../shell/session-context.ts'
import { Checks } from './checks.tsx'

/** One feature: what it is called, how it is counted, and which plans give what of it. */
export function FeaturePage() {
  const { featureId } = useParams({ from: '/features/$featureId' })
  const catalogue = useQuery(catalogueQuery)
  const mayEdit = useMay('catalogue')
  if (catalogue.isError) {
    return <Broken error={catalogue.error} reset={() => void catalogue.refetch()} />
  }
  if (catalogue.isPending) return <Waiting />
  const feature = catalogue.data.features.find(({ id }) => id === featureId)
  if (feature === undefined) return <Missing />
  return (
    <>
      <PageHead
        title={feature.name}
        detail={
          <>
            <code>{feature.id}</code> · {feature.type}
            {feature.archivedAt === null ? '' : ' · archived'}
          </>
        }
        actions={
          <Archive
            what={feature}
            disabled={!mayEdit}
            archive={() => archiveFeature(feature.id)}
            restore={() => restoreFeature(feature)}
          />
        }
      />
      <Description key={feature.revision} feature={feature} disabled={!mayEdit} />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Plans</h2>
      <Users feature={feature} catalogue={catalogue.data} />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Checks in the last 30 days</h2>
      <Checks featureId={feature.id} />
    </>
  )
}

function Description({
  feature,
  disabled,
}: {
  readonly feature: Feature
  readonly disabled: boolean
}) {
  const queries = useQueryClient()
  const [patch, setPatch] = useState<FeaturePatch>({})
  const now = { ...feature, ...patch }
  const saving = useMutation({
    mutationFn: () => patchFeature(feature, patch),
    onSuccess: () => queries.invalidateQueries({ queryKey: catalogueQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    saving.mutate()
  }
  return (
    <form onSubmit={submit}>
      <fieldset disabled={disabled} className="grid max-w-3xl gap-4 sm:grid-cols-2">
        <legend className="sr-only">Description</legend>
        <Input
          label="Name"
          required
          maxLength={128}
          value={now.name ?? ''}
          onChange={({ target }) => setPatch({ ...patch, name: target.value })}
        />
        <Choice
          label="When nothing can be known"
          value={now.onUnavailable ?? 'deny'}
          disabled={disabled}
          options={[
            ['deny', 'deny'],
            ['allow', 'allow'],
          ]}
          onChoose={(chosen) =>
            setPatch({ ...patch, onUnavailable: chosen === 'allow' ? 'allow' : 'deny' })
          }
        />
        <InputArea
          label="Description"
          maxLength={1024}
          value={now.description ?? ''}
          onChange={({ target }) => setPatch({ ...patch, description: target.value || null })}
        />
        {feature.type === 'meter' ? (
          <Unit unit={now.unit} onChange={(unit) => setPatch({ ...patch, unit })} />
        ) : null}
      </fieldset>
      {saving.isError ? (
        <p role="alert" className="mt-2 text-kumo-danger">
          {saving.error.message}
        </p>
      ) : null}
      <Button
        className="mt-3"
        type="submit"
        variant="primary"
        loading={saving.isPending}
        disabled={disabled || Object.keys(patch).length === 0}
      >
        Save
      </Button>
    </form>
  )
}

function Unit(props: {
  readonly unit: FeaturePatch['unit'] | undefined
  readonly onChange: (unit: NonNullable<FeaturePatch['unit']>) => void
}) {
  const { singular = '', plural = '' } = props.unit ?? {}
  return (
    <div className="flex flex-wrap gap-2">
      <Input
        label="One is a"
        value={singular}
        maxLength={64}
        onChange={({ target }) => props.onChange({ singular: target.value, plural })}
      />
      <Input
        label="Several are"
        value={plural}
        maxLength={64}
        onChange={({ target }) => props.onChange({ singular, plural: target.value })}
      />
    </div>
  )
}

function Users({
  feature,
  catalogue,
}: {
  readonly feature: Feature
  readonly catalogue: Catalogue
}) {
  const plans = byId(catalogue.plans)
  const users = catalogue.plans.flatMap((plan) => {
    const given = givenBy(plan, plans).get(feature.id)
    return given === undefined ? [] : [{ plan, given }]
  })
  if (users.length === 0) return <p>No plan gives it yet.</p>
  return (
    <ul>
      {users.map(({ plan, given }) => (
        <li key={plan.id}>
          <Link
            to="/plans/$planId"
            params={{ planId: plan.id }}
            className="text-kumo-link underline"
          >
            <bdi>{plan.name}</bdi>
          </Link>{' '}
          <span className="text-kumo-subtle">({plan.id})</span>:{' '}
          {statementText(given.statement, feature)}
          {given.mark === 'inherited' ? `, inherited from ${given.from.name}` : ''}
        </li>
      ))}
    </ul>
  )
}
