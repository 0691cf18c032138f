import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { customersQuery } from '../api/customers.ts'
import { auditQuery } from '../api/settings.ts'
import { pastDueQuery } from '../api/subscriptions.ts'
import { Broken } from '../parts/broken.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { When } from '../parts/when.tsx'

/** What somebody should look at today. */
export function HomePage() {
  return (
    <>
      <PageHead title="Home" />
      <div className="grid gap-4 lg:grid-cols-2">
        <OverLimits />
        <Grace />
        <Changes />
      </div>
    </>
  )
}

/** From summaries, which may be a minute old. */
function OverLimits() {
  const customers = useQuery(customersQuery({ overLimit: 'true', pageSize: '10' }))
  return (
    <Card title="Over a limit">
      <Listed
        found={customers}
        empty="Nobody is over a limit."
        more={
          <Link to="/customers" search={{ overLimit: 'true' }} className="underline">
            All of them
          </Link>
        }
      >
        {({ data }) =>
          data.map(({ id, name }) => (
            <li key={id}>
              <CustomerLink customerId={id} name={name} />
            </li>
          ))
        }
      </Listed>
    </Card>
  )
}

function Grace() {
  const subscriptions = useQuery(pastDueQuery)
  return (
    <Card title="Unpaid, in grace">
      <Listed found={subscriptions} empty="Everybody has paid.">
        {({ data }) =>
          data
            .toSorted((a, b) => endOf(a).localeCompare(endOf(b)))
            .map((subscription) => (
              <li key={subscription.id}>
                <CustomerLink customerId={subscription.customerId} name={null} />, plan{' '}
                {subscription.planId}
                {subscription.grace === null ? null : (
                  <>
                    : access ends <When at={subscription.grace.endsAt} />
                  </>
                )}
              </li>
            ))
        }
      </Listed>
    </Card>
  )
}

function endOf({ grace }: { readonly grace: { readonly endsAt: string } | null }): string {
  return grace?.endsAt ?? ''
}

function Changes() {
  const changes = useQuery(auditQuery({}))
  return (
    <Card title="Changed lately">
      <Listed
        found={changes}
        empty="Nothing was changed yet."
        more={
          <Link to="/settings/$section" params={{ section: 'audit' }} className="underline">
            The whole log
          </Link>
        }
      >
        {({ data }) =>
          data.slice(0, 10).map(({ id, at, action, resource }) => (
            <li key={id} className="break-words">
              {action} <code>{resource}</code> <When at={at} />
            </li>
          ))
        }
      </Listed>
    </Card>
  )
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <LayerCard className="p-4">
      <h2 className="mb-2 text-lg font-semibold">{title}</h2>
      {children}
    </LayerCard>
  )
}

interface Found<T> {
  readonly data: T | undefined
  readonly error: Error | null
  readonly refetch: () => unknown
}

function Listed<T extends { readonly data: readonly unknown[] }>(props: {
  readonly found: Found<T>
  readonly empty: string
  readonly more?: ReactNode
  readonly children: (page: T) => ReactNode
}) {
  const { found, empty, more, children } = props
  if (found.error !== null) {
    return <Broken error={found.error} reset={() => void found.refetch()} />
  }
  if (found.data === undefined) return <Waiting lines={4} />
  if (found.data.data.length === 0) return <p className="text-kumo-subtle">{empty}</p>
  return (
    <>
      <ul className="flex flex-col gap-1">{children(found.data)}</ul>
      {more}
    </>
  )
}

function CustomerLink(props: { readonly customerId: string; readonly name: string | null }) {
  const { customerId, name } = props
  return (
    <Link to="/customers/$customerId" params={{ customerId }} className="text-kumo-link underline">
      <bdi>{name ?? customerId}</bdi>
    </Link>
  )
}
