import { Button } from '@cloudflare/kumo/components/button'
import { DropdownMenu } from '@cloudflare/kumo/components/dropdown'
import { useNavigate } from '@tanstack/react-router'
import type { Subscription } from '../api/subscriptions.ts'
import { useMay, useSession } from '../shell/session-context.ts'
import { ACTIONS, ALLOWED, labelOf } from './lifecycle.ts'
import type { Opened } from './subscription-dialogs.tsx'

/** What the lifecycle allows; what the role may not do is there, and says so. */
export function SubscriptionMenu(props: {
  readonly subscription: Subscription
  readonly name: string
  readonly onOpen: (opened: Opened) => void
}) {
  const { subscription, name, onOpen } = props
  const mayChange = useMay('customers')
  const { environment } = useSession()
  const navigate = useNavigate({ from: '/customers/$customerId' })
  const isPending = subscription.pendingChange !== null || subscription.cancelAt !== null
  const actions = ACTIONS.filter(
    (action) => ALLOWED[subscription.status].includes(action) && (action !== 'undo' || isPending),
  )
  const item = (asked: Exclude<Opened['asked'], 'subscribe' | 'clock'>, label: string) => (
    <DropdownMenu.Item
      key={asked}
      disabled={!mayChange}
      onClick={() => onOpen({ asked, subscription, name })}
    >
      {label}
    </DropdownMenu.Item>
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
        {actions.map((asked) => item(asked, labelOf(asked)))}
        {environment === 'production' ? null : item('pretend', 'Pretend a payment …')}
        <DropdownMenu.Separator />
        <DropdownMenu.Item
          onClick={() => void navigate({ search: { tab: 'timeline', show: 'payments' } })}
        >
          Payments so far
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu>
  )
}
