import { lazy, Suspense } from 'react'
import type { Subscription } from '../api/subscriptions.ts'
import type { Action } from './lifecycle.ts'

/** What a dialog about one subscription is given. */
export interface AboutSubscription {
  readonly subscription: Subscription
  /** Of its plan. */
  readonly name: string
  readonly onClose: () => void
}

/** What was asked, of which subscription if of one. */
export type Opened =
  | { readonly asked: 'subscribe' | 'clock' }
  | {
      readonly asked: Action | 'pretend'
      readonly subscription: Subscription
      readonly name: string
    }

const ChangeDialog = lazy(async () => ({
  default: (await import('./change-plan.tsx')).ChangeDialog,
}))
const CancelDialog = lazy(async () => ({ default: (await import('./cancel.tsx')).CancelDialog }))
const RenewDialog = lazy(async () => ({ default: (await import('./renew.tsx')).RenewDialog }))
const PretendDialog = lazy(async () => ({
  default: (await import('./pretend-payment.tsx')).PretendDialog,
}))
const ActDialog = lazy(async () => ({ default: (await import('./act.tsx')).ActDialog }))
const SubscribeDialog = lazy(async () => ({
  default: (await import('./subscribe.tsx')).SubscribeDialog,
}))
const ClockDialog = lazy(async () => ({ default: (await import('./clock.tsx')).ClockDialog }))

interface Props {
  readonly customerId: string
  readonly opened: Opened | null
  readonly onClose: () => void
}

/** The dialog that is open, if one is; its code comes when it is asked for. */
export function SubscriptionDialogs({ customerId, opened, onClose }: Props) {
  return <Suspense>{opened === null ? null : dialogFor(customerId, opened, onClose)}</Suspense>
}

function dialogFor(customerId: string, opened: Opened, onClose: () => void) {
  switch (opened.asked) {
    case 'subscribe':
      return <SubscribeDialog customerId={customerId} onClose={onClose} />
    case 'clock':
      return <ClockDialog customerId={customerId} onClose={onClose} />
    case 'change':
      return <ChangeDialog {...opened} onClose={onClose} />
    case 'cancel':
      return <CancelDialog {...opened} onClose={onClose} />
    case 'renew':
      return <RenewDialog {...opened} onClose={onClose} />
    case 'pretend':
      return <PretendDialog {...opened} onClose={onClose} />
    case 'undo':
    case 'pause':
    case 'resume':
    case 'end_trial':
    case 'payment_failed':
    case 'payment_succeeded':
    case 'refund':
      return <ActDialog {...opened} action={opened.asked} onClose={onClose} />
  }
}
