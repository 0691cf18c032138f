/** What the timeline may be narrowed to. */
import type { Happening } from './happening.ts'

/** In the order in which the list shows them, with the words for them. */
export const TOPICS = {
  changes: 'changes, and who made them',
  subscriptions: 'subscriptions',
  payments: 'payments',
  access: 'what was gained and lost',
  overrides: 'overrides',
  usage: 'usage',
  customer: 'the customer itself',
} as const

export type Topic = keyof typeof TOPICS

export function isTopic(text: string | undefined): text is Topic {
  return text !== undefined && text in TOPICS
}

/** Of money: whether it came, was given back or fought over, and the time that it buys. */
const PAYMENTS: readonly string[] = [
  'subscription.renewed',
  'subscription.payment_failed',
  'subscription.payment_succeeded',
  'subscription.refunded',
  'subscription.disputed',
  'grace.started',
  'grace.ended',
]

/** Whether something belongs to a topic. */
export function isOf(topic: Topic, { kind, word }: Happening): boolean {
  if (topic === 'changes') return kind === 'change'
  if (kind === 'change') return false
  const [resource] = word.split('.', 1)
  switch (topic) {
    case 'payments':
      return PAYMENTS.includes(word)
    case 'subscriptions':
      return resource === 'subscription' || resource === 'grace'
    case 'access':
      return resource === 'entitlement'
    case 'overrides':
      return resource === 'override'
    case 'usage':
      return resource === 'usage'
    case 'customer':
      return resource === 'customer'
  }
}
