import { Button, buttonVariants } from '@cloudflare/kumo/components/button'
import { LightningIcon, LinkIcon } from '@phosphor-icons/react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo, useState } from 'react'
import { type Catalogue, catalogueQuery, type Feature, type Plan } from '../api/catalogue.ts'
import { saveCsv } from '../parts/csv.ts'
import { FirstSteps } from '../parts/first-steps.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { Unread } from '../parts/unread.tsx'
import { useMay } from '../shell/session-context.ts'
import { Matrix, type MatrixTable } from './matrix-table.tsx'
import { byId, givenBy, statementText } from './resolve.ts'
import { Tree } from './tree.tsx'

const NewPlan = lazy(async () => ({ default: (await import('./new-plan.tsx')).NewPlan }))

const FROM = '/plans'

/** Every plan beside the others, as on a pricing page, and how they inherit. */
export function PlansPage() {
  const { q = '', archived } = useSearch({ from: FROM })
  const navigate = useNavigate({ from: FROM })
  const catalogue = useQuery(catalogueQuery)
  const mayEdit = useMay('catalogue')
  const [isMaking, setMaking] = useState(false)
  return (
    <>
      <PageHead
        title="Plans"
        detail={
          <span className="inline-flex flex-wrap items-center gap-1">
            Features by plan: <LinkIcon aria-hidden /> inherited, <LightningIcon aria-hidden />{' '}
            overridden.
          </span>
        }
        actions={
          <>
            <Button disabled={!catalogue.isSuccess} onClick={() => saveMatrix(catalogue.data)}>
              Save as CSV
            </Button>
            <Link to="/catalogue" className={buttonVariants()}>
              Import or export
            </Link>
            <Button variant="primary" disabled={!mayEdit} onClick={() => setMaking(true)}>
              New plan
            </Button>
          </>
        }
      />
      <search className="mb-4 flex flex-wrap items-end gap-3">
        <SearchField
          label="Features or plans with"
          value={q}
          onSearch={(sought) =>
            void navigate({ search: (before) => ({ ...before, q: sought }), replace: true })
          }
        />
        <Link
          from={FROM}
          className="p-2 underline"
          search={{ q, archived: archived === undefined ? 'shown' : undefined }}
        >
          {archived === undefined ? 'Show archived' : 'Hide archived'}
        </Link>
      </search>
      {catalogue.data === undefined ? (
        <Unread query={catalogue} />
      ) : catalogue.data.plans.length === 0 ? (
        <FirstSteps
          title="No plans yet"
          description="Make one here, or apply a whole catalogue."
          command={`curl -X PUT ${location.origin}/v1/plans/free -H "Authorization: Bearer $KEY"`}
        />
      ) : (
        <Plans catalogue={catalogue.data} search={q} withArchived={archived !== undefined} />
      )}
      <Suspense>{isMaking ? <NewPlan onClose={() => setMaking(false)} /> : null}</Suspense>
    </>
  )
}

function Plans(props: {
  readonly catalogue: Catalogue
  readonly search: string
  readonly withArchived: boolean
}) {
  const { catalogue, search, withArchived } = props
  const table = useMemo(
    () => tableOf(catalogue, search, withArchived),
    [catalogue, search, withArchived],
  )
  if (search !== '' && table.plans.length + table.features.length === 0) {
    return <p role="status">No plan and no feature has that in its name or id.</p>
  }
  return (
    <div className="flex flex-col gap-6">
      <Matrix {...table} />
      <section>
        <h2 className="mb-2 text-lg font-semibold">Who inherits from whom</h2>
        <Tree plans={table.plans} defaultPlanId={catalogue.defaultPlanId} />
      </section>
    </div>
  )
}

/** What is sought may be of plans or of features: then all that there are of the other stand beside it. */
function tableOf(catalogue: Catalogue, search: string, withArchived: boolean): MatrixTable {
  const all = byId(catalogue.plans)
  const isShown = ({ archivedAt }: Plan | Feature) => withArchived || archivedAt === null
  const has = ({ id, name }: Plan | Feature) =>
    `${id} ${name}`.toLowerCase().includes(search.toLowerCase())
  const plans = catalogue.plans.filter(isShown).toSorted(asOnAPricingPage)
  const features = catalogue.features.filter(isShown)
  const found = { plans: plans.filter(has), features: features.filter(has) }
  return {
    plans: found.plans.length === 0 && found.features.length > 0 ? plans : found.plans,
    features: found.features.length === 0 && found.plans.length > 0 ? features : found.features,
    given: new Map(plans.map((plan) => [plan.id, givenBy(plan, all)])),
  }
}

/** Plans from the least to the most, then what is bought beside them. */
function asOnAPricingPage(a: Plan, b: Plan): number {
  return Number(a.kind === 'addon') - Number(b.kind === 'addon') || a.rank - b.rank
}

function saveMatrix(catalogue: Catalogue | undefined): void {
  if (catalogue === undefined) return
  const { plans, features, given } = tableOf(catalogue, '', true)
  saveCsv('plans', [
    ['feature', ...plans.map(({ id }) => id)],
    ...features.map((feature) => [
      feature.id,
      ...plans.map((plan) => {
        const said = given.get(plan.id)?.get(feature.id)
        return said === undefined ? '' : statementText(said.statement, feature)
      }),
    ]),
  ])
}
