/** What the lifecycle allows, so that a menu offers nothing that is certain to be refused. The service decides. */
import type { SubscriptionAnswer } from '../../schema/wire/subscription.ts'

/** In the order in which a menu shows them. */
export const ACTIONS = [
  'change',
  'cancel',
  'undo',
  'pause',
  'resume',
  'end_trial',
  'renew',
  'payment_failed',
  'payment_succeeded',
  'refund',
] as const

type Status = SubscriptionAnswer['status']

export type Action = (typeof ACTIONS)[number]

const RUNNING = [
  'change',
  'cancel',
  'undo',
  'renew',
  'payment_failed',
  'payment_succeeded',
  'refund',
] as const

/** What each status allows; a test holds it against the service's own table. */
export const ALLOWED: Readonly<Record<Status, readonly Action[]>> = {
  scheduled: RUNNING,
  trialing: [...RUNNING, 'pause', 'end_trial'],
  active: [...RUNNING, 'pause'],
  past_due: [...RUNNING, 'pause'],
  paused: [...RUNNING, 'resume'],
  ended: ['payment_succeeded', 'refund'],
}

/** An action that needs nothing but a yes. */
export interface Simple {
  readonly label: string
  /** The last part of its path. */
  readonly segment: string
  /** What will happen. */
  readonly words: string
  readonly body?: object
  readonly isDangerous?: boolean
}

/** What asks for more than a yes, in a dialog of its own. */
const ASKING = { change: 'Change plan', cancel: 'Cancel', renew: 'Renew' } as const

/** What needs nothing but a yes. */
export type SimpleAction = Exclude<Action, keyof typeof ASKING>

export const SIMPLE: Readonly<Record<SimpleAction, Simple>> = {
  undo: {
    label: 'Undo what is pending',
    segment: 'undo',
    words: 'A change or cancellation that has not taken effect yet is taken back.',
  },
  pause: {
    label: 'Pause',
    segment: 'pause',
    words: 'It gives nothing until it is resumed.',
  },
  resume: {
    label: 'Resume',
    segment: 'resume',
    words: 'It gives again what its plan says, from now.',
  },
  end_trial: {
    label: 'End the trial',
    segment: 'end-trial',
    words:
      'The trial is over now. What was paid for, costs nothing or is billed by a provider goes on; else it ends, and a payment brings it back.',
    isDangerous: true,
  },
  payment_failed: {
    label: 'Payment failed',
    segment: 'payment-failed',
    words: 'It becomes past due; access stays for the grace period, then it ends.',
    isDangerous: true,
  },
  payment_succeeded: {
    label: 'Payment succeeded',
    segment: 'payment-succeeded',
    words: 'Grace is over, and what was lost for want of payment is given again.',
  },
  refund: {
    label: 'Refund in full',
    segment: 'refund',
    words:
      'Access that was paid for ends at once. This cannot be taken back, and no money moves: the provider pays it back.',
    body: { full: true },
    isDangerous: true,
  },
}

/** What a menu calls an action. */
export function labelOf(action: Action): string {
  const label = isSimple(action) ? SIMPLE[action].label : ASKING[action]
  return `${label} …`
}

function isSimple(action: Action): action is SimpleAction {
  return action in SIMPLE
}
