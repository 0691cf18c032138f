import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import {
  archiveFeature,
  type Catalogue,
  catalogueQuery,
  type Feature,
  restoreFeature,
} from '../api/catalogue.ts'
import { Archive } from '../parts/archive.tsx'
import { Missing } from '../parts/missing.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Unread } from '../parts/unread.tsx'
import { byId, givenBy, statementText } from '../plans/resolve.ts'
import { useMay } from '../shell/session-context.ts'
import { Checks } from './checks.tsx'
import { Description } from './description.tsx'

/** One feature: what it is called, how it is counted, and which plans give what of it. */
export function FeaturePage() {
  const { featureId } = useParams({ from: '/features/$featureId' })
  const catalogue = useQuery(catalogueQuery)
  const mayEdit = useMay('catalogue')
  if (catalogue.data === undefined) return <Unread query={catalogue} />
  const feature = catalogue.data.features.find(({ id }) => id === featureId)
  // One that was made just now comes with the catalogue that is being read.
  if (feature === undefined)
    return catalogue.isFetching ? <Unread query={catalogue} /> : <Missing />
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
      <Description key={feature.id} feature={feature} disabled={!mayEdit} />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Plans</h2>
      <Users feature={feature} catalogue={catalogue.data} />
      <h2 className="mt-6 mb-2 text-lg font-semibold">Checks in the last 30 days</h2>
      <Checks featureId={feature.id} />
    </>
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
