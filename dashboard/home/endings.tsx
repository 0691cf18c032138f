import { Link } from '@tanstack/react-router'
import type { OverviewAnswer } from '../api/overview.ts'
import { When } from '../parts/when.tsx'
import { Card, CustomerLink, Listed, shownOf } from './card.tsx'

/** Subscriptions about which something has to happen by a date, the soonest first. */
export function Endings(props: {
  readonly title: string
  readonly empty: string
  /** What happens at the date. */
  readonly what: string
  readonly status: 'past_due' | 'trialing'
  readonly endings: OverviewAnswer['pastDue']
}) {
  const { title, empty, what, status, endings } = props
  return (
    <Card title={title}>
      <Listed
        empty={empty}
        rows={endings.data.map(({ customerId, name, subscriptionId, planId, endsAt }) => (
          <li key={subscriptionId}>
            <CustomerLink customerId={customerId} name={name} />
            <div className="text-sm text-kumo-subtle">
              {planId}: {what} <When at={endsAt} />
            </div>
          </li>
        ))}
        more={
          <>
            {shownOf(endings.data.length, endings.count)}
            <Link to="/customers" search={{ status }} className="underline">
              All of these customers
            </Link>
          </>
        }
      />
    </Card>
  )
}
