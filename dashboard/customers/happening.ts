/** Events and changes as one line of time, in sentences. */
import type { AuditEntry, EventAnswer } from '../api/timeline.ts'
import { whoText } from '../parts/who.ts'
import { worded } from '../parts/words.ts'

/** One thing that happened, whoever told it. */
export interface Happening {
  readonly id: string
  readonly at: string
  readonly kind: 'event' | 'change'
  /** An event's type, or a change's action. */
  readonly word: string
  readonly sentence: string
  /** As the API tells it. */
  readonly raw: EventAnswer | AuditEntry
}

/** One list, and whether there is more of it than was read. */
export interface Told<T> {
  readonly data: readonly T[]
  readonly hasMore: boolean
}

/**
 * Both lists by time, the newest first. What is older than the end of a list that goes on is kept back: what is
 * still unread would stand between.
 */
export function merged(events: Told<EventAnswer>, changes: Told<AuditEntry>): readonly Happening[] {
  const from = [events, changes]
    .flatMap(({ data, hasMore }) => (hasMore ? [data.at(-1)?.at ?? ''] : []))
    .reduce((latest, at) => (at > latest ? at : latest), '')
  return [...events.data.map(ofEvent), ...changes.data.map(ofChange)]
    .filter(({ at }) => at >= from)
    .toSorted((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id))
}

function ofEvent(raw: EventAnswer): Happening {
  const { id, at, type } = raw
  return { id, at, kind: 'event', word: type, sentence: sentenceOf(raw), raw }
}

function ofChange(raw: AuditEntry): Happening {
  const { id, at, actor, action, resource } = raw
  const who = whoText(actor)
  const sentence = `${who.charAt(0).toUpperCase()}${who.slice(1)}: ${action} on ${resource}`
  return { id, at, kind: 'change', word: action, sentence, raw }
}

/** Each with a blank for what it is about. */
const SENTENCES: Readonly<Record<string, (about: string) => string>> = {
  'customer.created': () => 'The customer was created',
  'customer.updated': () => 'The customer was changed',
  'customer.archived': () => 'The customer was archived',
  'subscription.created': (about) => `Subscribed to ${about}`,
  'subscription.started': (about) => `The subscription to ${about} began`,
  'subscription.updated': (about) => `The subscription to ${about} was changed`,
  'subscription.trial_ended': (about) => `The trial of ${about} ended`,
  'subscription.renewed': (about) => `The subscription to ${about} was renewed`,
  'subscription.paused': (about) => `The subscription to ${about} was paused`,
  'subscription.resumed': (about) => `The subscription to ${about} was resumed`,
  'subscription.payment_failed': (about) => `A payment for ${about} failed`,
  'subscription.payment_succeeded': (about) => `A payment for ${about} succeeded`,
  'subscription.refunded': (about) => `Money for ${about} was given back`,
  'subscription.disputed': (about) => `A payment for ${about} was disputed`,
  'subscription.ended': (about) => `The subscription to ${about} ended`,
  'grace.started': (about) => `Grace for ${about} began`,
  'grace.ended': (about) => `Grace for ${about} ended`,
  'override.created': (about) => `${about} was overridden`,
  'override.started': (about) => `The override of ${about} began to apply`,
  'override.updated': (about) => `The override of ${about} was changed`,
  'override.deleted': (about) => `The override of ${about} was taken back`,
  'override.expired': (about) => `The override of ${about} expired`,
  'entitlement.granted': (about) => `Gained ${about}`,
  'entitlement.revoked': (about) => `Lost ${about}`,
  'entitlement.updated': (about) => `Other terms for ${about}`,
  'usage.threshold_reached': (about) => `Near the limit of ${about}`,
  'usage.limit_reached': (about) => `Reached the limit of ${about}`,
  'usage.over_soft_limit': (about) => `Over the soft limit of ${about}`,
  'usage.reset': (about) => `The usage of ${about} was reset`,
}

function sentenceOf({ type, data }: EventAnswer): string {
  const said: Said = isRecord(data) ? data : {}
  const sentence = SENTENCES[type]?.(aboutOf(said)) ?? type
  return `${sentence}${reasonsOf(said)}`
}

type Said = Readonly<Record<string, unknown>>

function isRecord(data: unknown): data is Said {
  return data !== null && typeof data === 'object' && !Array.isArray(data)
}

/** Which plan, or which features. */
function aboutOf({ planId, featureId, featureIds, featureCount }: Said): string {
  if (Array.isArray(featureIds)) {
    const more = typeof featureCount === 'number' ? featureCount - featureIds.length : 0
    return `${featureIds.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  }
  if (typeof featureId === 'string') return featureId
  return typeof planId === 'string' ? planId : 'it'
}

function reasonsOf({ percent, used, limit, because, endedBecause, reason }: Said): string {
  const parts = [
    ...(typeof percent === 'number' ? [`${percent} %`] : []),
    ...(typeof used === 'number' && typeof limit === 'number' ? [`${used} of ${limit} used`] : []),
    ...[because, endedBecause].flatMap((each) =>
      typeof each === 'string' ? [`because: ${worded(each)}`] : [],
    ),
    ...(typeof reason === 'string' ? [reason] : []),
  ]
  return parts.length === 0 ? '.' : ` (${parts.join('; ')}).`
}
