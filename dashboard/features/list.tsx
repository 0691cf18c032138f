import { Button } from '@cloudflare/kumo/components/button'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Table } from '@cloudflare/kumo/components/table'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { type Catalogue, catalogueQuery, type Feature, type Plan } from '../api/catalogue.ts'
import { useFirst } from '../parts/first.tsx'
import { FirstSteps } from '../parts/first-steps.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Unread } from '../parts/unread.tsx'
import { useMay } from '../shell/session-context.ts'
import { usersOf } from './users.ts'

const NewFeature = lazy(async () => ({ default: (await import('./new-feature.tsx')).NewFeature }))

const FROM = '/features'

/** Every feature, and how many plans say something of it. */
export function FeaturesPage() {
  const { q = '' } = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const catalogue = useQuery(catalogueQuery)
  const mayEdit = useMay('catalogue')
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <PageHead
        title="Features"
        actions={
          <Button variant="primary" disabled={!mayEdit} onClick={() => setMaking(true)}>
            New feature
          </Button>
        }
      />
      <search className="mb-4 block">
        <SearchField
          label="Features with"
          placeholder="id or name"
          value={q}
          onSearch={(sought) => void navigate({ search: { q: sought }, replace: true })}
        />
      </search>
      {catalogue.data === undefined ? (
        <Unread query={catalogue} />
      ) : (
        <Features catalogue={catalogue.data} search={q} />
      )}
      <Suspense>{isMaking ? <NewFeature onClose={() => setMaking(false)} /> : null}</Suspense>
    </>
  )
}

function Features({
  catalogue,
  search,
}: {
  readonly catalogue: Catalogue
  readonly search: string
}) {
  const { features, plans } = catalogue
  if (features.length === 0) {
    return (
      <FirstSteps
        title="No features yet"
        description="A feature is what your application asks for."
        command={`curl -X PUT ${location.origin}/v1/features/sso -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"type":"boolean"}'`}
      />
    )
  }
  const has = ({ id, name }: Feature) =>
    `${id} ${name}`.toLowerCase().includes(search.toLowerCase())
  const found = features.filter(has)
  if (found.length === 0) return <p>No feature has this in its id or name.</p>
  return <Found features={found} plans={plans} />
}

function Found(props: { readonly features: readonly Feature[]; readonly plans: readonly Plan[] }) {
  const { first, more } = useFirst(props.features)
  return (
    <>
      <LayerCard className="overflow-x-auto p-0">
        <Table>
          <Table.Header>
            <Table.Row>
              <Table.Head>Feature</Table.Head>
              <Table.Head>Type</Table.Head>
              <Table.Head>Unit</Table.Head>
              <Table.Head>Plans that state it</Table.Head>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {first.map((feature) => (
              <Table.Row key={feature.id}>
                <Table.Cell className="max-w-80 break-words">
                  <Link
                    to="/features/$featureId"
                    params={{ featureId: feature.id }}
                    className="text-kumo-link underline"
                  >
                    <bdi>{feature.name}</bdi>
                  </Link>
                  <div className="text-kumo-subtle">
                    {feature.id}
                    {feature.archivedAt === null ? '' : ' · archived'}
                  </div>
                </Table.Cell>
                <Table.Cell>{feature.type}</Table.Cell>
                <Table.Cell>{feature.unit?.plural ?? '–'}</Table.Cell>
                <Table.Cell>{usersOf(feature.id, props.plans).length}</Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table>
      </LayerCard>
      {more}
    </>
  )
}
