/** What the story needs of the service: questions, changes, and what is told of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CRON_PATH } from '../dev/cron.ts'
import { type Answer, type Client } from '../seed/client.ts'
import type { Receiver } from './receiver.ts'

const LOOK_EVERY_MS = 750
/** How long the story waits for what is told of a chapter. */
const PATIENCE_MS = 20_000
const TICK_PATIENCE_MS = 15_000

/** One event as `GET /v1/events` lists it. */
export interface Told {
  readonly id: string
  readonly type: string
  readonly at: string
  readonly data: { readonly [field: string]: unknown }
}

export interface Stage {
  readonly url: string
  readonly service: Client
  readonly customerId: string
  /** Null where the service cannot reach this machine. */
  readonly receiver: Receiver | null
  /** Events of the customer that have been shown. */
  readonly shown: Set<string>
}

/** One line of the story. */
export function say(text: string): void {
  console.log(`   ${text}`)
}

/** `hasAccess`, as an application asks it: no token, no cache to clear. */
export async function ask(
  { service, customerId }: Stage,
  featureId: string,
  quantity = 1,
): Promise<Answer['body']> {
  const query = new URLSearchParams({ customerId, featureId, quantity: String(quantity) })
  const { body } = await service.send('GET', `/access?${query.toString()}`)
  say(`hasAccess(${featureId})${quantity > 1 ? ` × ${quantity}` : ''} → ${answerIn(body)}`)
  return body
}

/** Prints what was told since the last chapter, and waits until the receiver has it, too. */
export async function listen(stage: Stage): Promise<void> {
  const news = await untilTold(stage)
  for (const event of news) {
    const arrived = stage.receiver === null ? '' : stage.receiver.has(event.id) ? ' ✓ webhook' : ''
    say(`        ◂ ${event.type.padEnd(32)} ${event.at}${arrived}${detailOf(event)}`)
    stage.shown.add(event.id)
  }
}

/** What one look has found and the next one has no more of: an object tells a moment after the answer. */
async function untilTold(stage: Stage): Promise<readonly Told[]> {
  const deadline = Date.now() + PATIENCE_MS
  for (let before = 0; ;) {
    await tick(stage.url)
    const news = (await eventsOf(stage)).filter(({ id }) => !stage.shown.has(id))
    const isHeard = news.every(({ id }) => stage.receiver?.has(id) ?? true)
    const isAll = news.length > 0 && news.length === before
    if ((isAll && isHeard) || Date.now() > deadline) return news
    before = news.length
    await sleep(LOOK_EVERY_MS)
  }
}

async function eventsOf({ service, customerId }: Stage): Promise<readonly Told[]> {
  const query = new URLSearchParams({ customerId, pageSize: '100' })
  const { body } = await service.send('GET', `/events?${query.toString()}`)
  return (body['data'] as readonly Told[]).toReversed()
}

/** Cron comes every minute; a story does not wait so long. Elsewhere than in local development this does nothing. */
async function tick(url: string): Promise<void> {
  const signal = AbortSignal.timeout(TICK_PATIENCE_MS)
  const response = await fetch(`${url}${CRON_PATH}`, { signal }).catch(() => null)
  await response?.body?.cancel()
}

function detailOf({ type, data }: Told): string {
  if (type.startsWith('entitlement.')) return `  ${listed(data['featureIds'])}`
  if (type === 'usage.threshold_reached') return `  ${String(data['percent'])} %`
  if (type === 'subscription.ended') return `  ${text(data['endedBecause'])}`
  return ''
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : ''
}

function answerIn(body: Answer['body']): string {
  const word = body['hasAccess'] === true ? 'yes' : 'no'
  const { used, limit, carried } = body
  const carriedOver =
    typeof carried === 'number' && carried > 0 ? ` + ${counted(carried)} carried over` : ''
  const reading =
    typeof used === 'number' ? `  (${counted(used)} of ${counted(limit)}${carriedOver})` : ''
  const warnings = (body['warnings'] ?? []) as readonly { readonly code: string }[]
  const warned = warnings.map(({ code }) => `  ! ${code}`).join('')
  return `${word}: ${String(body['reason'])}${reading}${warned}`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function counted(value: unknown): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : text(value)
}
