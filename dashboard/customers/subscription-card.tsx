import { Badge } from '@cloudflare/kumo/components/badge'
import { Button } from '@cloudflare/kumo/components/button'
import { DropdownMenu } from '@cloudflare/kumo/components/dropdown'
import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import type { ReactNode } from 'react'
import type { Status, Subscription } from '../api/subscriptions.ts'
import { exact, When } from '../parts/when.tsx'
import { useMay } from '../shell/session-context.ts'
import { ACTIONS, ALLOWED, labelOf } from './lifecycle.ts'
import { worded } from './state.ts'
import type { Opened } from './subscription-dialogs.tsx'

interface Props {
  readonly subscription: Subscription
  /** The plans' names by id. */
  readonly names: ReadonlyMap<string, string>
  readonly onOpen: (opened: Opened) => void
}

/** One subscription: what it is of, how it stands, and what is about to happen to it. */
export function SubscriptionCard({ subscription, names, onOpen }: Props) {
  const { planId, quantity, status } = subscription
  const name = names.get(planId) ?? planId
  return (
    <li>
      <LayerCard className="p-4">
        <div className="flex flex-wrap items-center gap-3">
          <h2 className="min-w-0 text-lg font-semibold break-words">
            <bdi>{name}</bdi>
            {quantity === 1 ? null : ` × ${quantity.toLocaleString('en')}`}
          </h2>
          <Badge variant={COLOURS[status]}>{worded(status)}</Badge>
          <div className="ml-auto">
            <Menu subscription={subscription} name={name} onOpen={onOpen} />
          </div>
        </div>
        <Pending subscription={subscription} names={names} />
        <Facts subscription={subscription} />
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
function Pending({ subscription, names }: Pick<Props, 'subscription' | 'names'>) {
  const { pendingChange, cancelAt, grace, endedAt } = subscription
  return (
    <ul className="mt-2 flex flex-col gap-1 empty:hidden">
      {pendingChange === null ? null : (
        <li>
          Becomes <bdi>{names.get(pendingChange.planId) ?? pendingChange.planId}</bdi>
          {pendingChange.chargePeriod === null ? null : `, ${worded(pendingChange.chargePeriod)}`}
          {pendingChange.quantity === 1 ? null : `, × ${pendingChange.quantity}`}:{' '}
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

function Facts({ subscription }: Pick<Props, 'subscription'>) {
  const { id, planId, chargePeriod, startAt, currentPeriod, trialEndAt } = subscription
  const { endedAt, endedBecause, provider } = subscription
  return (
    <dl className="mt-3 grid grid-cols-1 gap-x-6 gap-y-2 text-sm sm:grid-cols-2 lg:grid-cols-3">
      <Fact label="Plan">
        <code>{planId}</code>
      </Fact>
      <Fact label="Price">{chargePeriod === null ? 'free of charge' : worded(chargePeriod)}</Fact>
      <Fact label="Started">
        <When at={startAt} />
      </Fact>
      {currentPeriod === null ? null : (
        <Fact label="Period">
          {exact(currentPeriod.startAt)} – {exact(currentPeriod.endAt)}
        </Fact>
      )}
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

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-kumo-subtle">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  )
}

/** What the lifecycle allows; what the role may not do is there, and says so. */
function Menu(props: Pick<Props, 'subscription' | 'onOpen'> & { readonly name: string }) {
  const { subscription, name, onOpen } = props
  const mayChange = useMay('customers')
  const allowed = ALLOWED[subscription.status]
  const isPending = subscription.pendingChange !== null || subscription.cancelAt !== null
  const actions = ACTIONS.filter(
    (action) => allowed.includes(action) && (action !== 'undo' || isPending),
  )
  return (
    <DropdownMenu>
      <DropdownMenu.Trigger render={<Button aria-label={`Actions for ${name}`}>Actions</Button>} />
      <DropdownMenu.Content>
        {mayChange ? null : (
          <DropdownMenu.Group>
            <DropdownMenu.Label>Your role may not change this</DropdownMenu.Label>
          </DropdownMenu.Group>
        )}
        {actions.map((asked) => (
          <DropdownMenu.Item
            key={asked}
            disabled={!mayChange}
            onClick={() => onOpen({ asked, subscription, name })}
          >
            {labelOf(asked)}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  )
}
