import { Button } from '@cloudflare/kumo/components/button'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { catalogueQuery } from '../api/catalogue.ts'
import { customerQuery } from '../api/customers.ts'
import { subscriptionsQuery } from '../api/subscriptions.ts'
import { Broken } from '../parts/broken.tsx'
import { FirstSteps } from '../parts/first-steps.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { useMay, useSession } from '../shell/session-context.ts'
import { SubscriptionCard } from './subscription-card.tsx'
import { type Opened, SubscriptionDialogs } from './subscription-dialogs.tsx'

/** Everything that one customer has subscribed to, and what can be done with each. */
export function Subscriptions({ customerId }: { readonly customerId: string }) {
  const [opened, setOpened] = useState<Opened | null>(null)
  const [cursor, setCursor] = useState<string | undefined>()
  const page = useQuery(subscriptionsQuery(customerId, cursor))
  const next = page.data?.nextCursor ?? null
  const { data: catalogue } = useQuery(catalogueQuery)
  const plans = new Map(catalogue?.plans.map((plan) => [plan.id, plan]))
  return (
    <>
      <Toolbar customerId={customerId} onOpen={setOpened} />
      {page.data === undefined ? (
        page.isError ? (
          <Broken error={page.error} reset={() => void page.refetch()} />
        ) : (
          <Waiting />
        )
      ) : page.data.data.length === 0 ? (
        <NoSubscriptions customerId={customerId} />
      ) : (
        <ul className="flex flex-col gap-4">
          {page.data.data.map((each) => (
            <SubscriptionCard key={each.id} subscription={each} plans={plans} onOpen={setOpened} />
          ))}
        </ul>
      )}
      <div className="mt-3 flex gap-2">
        {cursor === undefined ? null : (
          <Button onClick={() => setCursor(undefined)}>First page</Button>
        )}
        {next === null ? null : <Button onClick={() => setCursor(next)}>Next page</Button>}
      </div>
      <SubscriptionDialogs
        customerId={customerId}
        opened={opened}
        onClose={() => setOpened(null)}
      />
    </>
  )
}

/** What is not about one subscription; what is not possible says why. */
function Toolbar(props: {
  readonly customerId: string
  readonly onOpen: (opened: Opened) => void
}) {
  const { customerId, onOpen } = props
  const { environment } = useSession()
  const mayChange = useMay('customers')
  const { data: customer } = useQuery(customerQuery(customerId))
  const reason = !mayChange
    ? 'Your role may not change subscriptions.'
    : customer?.archivedAt == null
      ? undefined
      : 'The customer is archived.'
  const attributes = reason === undefined ? {} : { disabled: true, title: reason }
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3">
      <Button {...attributes} variant="primary" onClick={() => onOpen({ asked: 'subscribe' })}>
        New subscription
      </Button>
      {environment === 'production' ? null : (
        <Button {...attributes} onClick={() => onOpen({ asked: 'clock' })}>
          Test clock
        </Button>
      )}
      {reason === undefined ? null : <span className="text-sm text-kumo-subtle">{reason}</span>}
    </div>
  )
}

function NoSubscriptions({ customerId }: { readonly customerId: string }) {
  return (
    <FirstSteps
      title="No subscriptions yet"
      description="A subscription gives the customer what a plan says."
      command={`curl -X POST ${location.origin}/v1/customers/${encodeURIComponent(customerId)}/subscriptions -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"planId":"pro"}'`}
    />
  )
}
