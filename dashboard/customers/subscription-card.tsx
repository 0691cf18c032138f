import { Badge } from '@cloudflare/kumo/components/badge'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Link } from '@tanstack/react-router'
import type { Plan } from '../api/catalogue.ts'
import type { Status, Subscription } from '../api/subscriptions.ts'
import { Fact } from '../parts/fact.tsx'
import { exact, When } from '../parts/when.tsx'
import { counted, worded } from '../parts/words.ts'
import { priceText } from './price.ts'
import type { Opened } from './subscription-dialogs.tsx'
import { SubscriptionMenu } from './subscription-menu.tsx'

interface Props {
  readonly subscription: Subscription
  /** By id. */
  readonly plans: ReadonlyMap<string, Plan>
  readonly onOpen: (opened: Opened) => void
}

/** One subscription: what it is of, how it stands, and what is about to happen to it. */
export function SubscriptionCard({ subscription, plans, onOpen }: Props) {
  const { planId, quantity, status } = subscription
  const plan = plans.get(planId)
  const name = plan?.name ?? planId
  return (
    <li>
      <LayerCard className="p-4">
        <div className="flex flex-wrap items-center gap-3">
          <h2 className="min-w-0 text-lg font-semibold break-words">
            <bdi>{name}</bdi>
            {quantity === 1 ? null : ` × ${counted(quantity)}`}
          </h2>
          <Badge variant={COLOURS[status]}>{worded(status)}</Badge>
          {plan?.kind === 'addon' ? <Badge variant="outline">add-on</Badge> : null}
          <div className="ml-auto">
            <SubscriptionMenu subscription={subscription} name={name} onOpen={onOpen} />
          </div>
        </div>
        <Pending subscription={subscription} plans={plans} />
        <Facts subscription={subscription} plan={plan} />
      </LayerCard>
    </li>
  )
}

const COLOURS = {
  scheduled: 'info',
  trialing: 'info',
  active: 'success',
  past_due: 'warning',
  paused: 'neutral',
  ended: 'outline',
} as const satisfies Readonly<Record<Status, string>>

/** What time will do, and what needs a look. */
function Pending({ subscription, plans }: Pick<Props, 'subscription' | 'plans'>) {
  const { pendingChange, cancelAt, grace, endedAt } = subscription
  return (
    <ul className="mt-2 flex flex-col gap-1 empty:hidden">
      {pendingChange === null ? null : (
        <li>
          Becomes <bdi>{plans.get(pendingChange.planId)?.name ?? pendingChange.planId}</bdi>
          {pendingChange.quantity === 1 ? null : ` × ${counted(pendingChange.quantity)}`},{' '}
          {priceText(plans.get(pendingChange.planId), pendingChange)}:{' '}
          <When at={pendingChange.at} />
        </li>
      )}
      {cancelAt === null || endedAt !== null ? null : (
        <li>
          Ends: <When at={cancelAt} />
        </li>
      )}
      {grace === null || endedAt !== null ? null : (
        <li>
          Grace since {exact(grace.startedAt)}, until <When at={grace.endsAt} />
        </li>
      )}
    </ul>
  )
}

function Facts(props: { readonly subscription: Subscription; readonly plan: Plan | undefined }) {
  const { subscription, plan } = props
  const { id, planId, startAt, currentPeriod, trialEndAt } = subscription
  const { endedAt, endedBecause, provider } = subscription
  return (
    <dl className="mt-3 grid grid-cols-1 gap-x-6 gap-y-2 text-sm sm:grid-cols-2 lg:grid-cols-3">
      <Fact label="Plan">
        <Link
          to="/plans/$planId"
          params={{ planId }}
          className="break-all text-kumo-link underline"
        >
          {planId}
        </Link>
      </Fact>
      <Fact label="Price">{priceText(plan, subscription)}</Fact>
      <Fact label="Started">
        <When at={startAt} />
      </Fact>
      {currentPeriod === null ? null : (
        <Fact label="Period">
          {exact(currentPeriod.startAt)} – {exact(currentPeriod.endAt)}
        </Fact>
      )}
      <Renewal subscription={subscription} />
      {trialEndAt === null ? null : (
        <Fact label="Trial until">
          <When at={trialEndAt} />
        </Fact>
      )}
      {endedAt === null ? null : (
        <Fact label="Ended">
          <When at={endedAt} />
          {endedBecause === null ? null : `, because: ${worded(endedBecause)}`}
        </Fact>
      )}
      <Fact label="Provider">
        {provider === null ? (
          'none'
        ) : (
          <>
            {provider.name} <code>{provider.reference}</code>
          </>
        )}
      </Fact>
      <Fact label="Id">
        <code>{id}</code>
      </Fact>
    </dl>
  )
}

/** When the next billing period begins, of one that is still to have one. */
function Renewal({ subscription }: Pick<Props, 'subscription'>) {
  const { currentPeriod, cancelAt, endedAt } = subscription
  if (currentPeriod === null || endedAt !== null) return null
  const { endAt } = currentPeriod
  return (
    <Fact label="Next renewal">
      {cancelAt !== null && cancelAt <= endAt ? 'none: it ends before' : <When at={endAt} />}
    </Fact>
  )
}
