/**
 * Loads a seed document through the public API, and nothing else: what a seed can make, anyone can make.
 *
 * Loading it again changes nothing. Relative dates count from the customer's first loading, which the customer's
 * metadata keeps as `seededAt`; so a second loading sends the very same bodies, and their idempotency keys bring
 * back the stored answers. Once those keys have expired, what is not idempotent by nature is left out.
 */
import { createHash } from 'node:crypto'
import { client, type Client } from './client.ts'
import { dated } from '../../schema/relative-dates.ts'
import type { JsonObject, SeedCustomer, SeedDocument, SeedSubscription } from './document.ts'

/** Idempotency keys are kept for 48 h; an hour less, for clocks that differ. */
const KEYS_LAST_MS = 47 * 3_600_000
const CUSTOMERS_AT_ONCE = 4

export interface Target {
  readonly url: string
  readonly key: string
  readonly now: number
}

/** Makes the service hold what the document says. Refuses on the first thing that it does not accept. */
export async function load(document: SeedDocument, { url, key, now }: Target): Promise<void> {
  const service = client(url, key)
  if (document.catalogue !== null) await service.send('PUT', '/catalogue', document.catalogue)
  const waiting = [...document.customers]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await loadCustomer(service, next, now)
  }
  await Promise.all(Array.from({ length: CUSTOMERS_AT_ONCE }, work))
}

async function loadCustomer(service: Client, customer: SeedCustomer, now: number): Promise<void> {
  const path = `/customers/${encodeURIComponent(customer.id)}`
  const base = seededAt(await service.send('GET', path)) ?? now
  const metadata = { ...record(customer.body['metadata']), seededAt: new Date(base).toISOString() }
  await service.send('PUT', path, dated({ ...customer.body, metadata }, base))

  if (now - base < KEYS_LAST_MS)
    for (const subscription of customer.subscriptions)
      await loadSubscription(service, customer.id, subscription, base)
  for (const { featureId, body } of customer.overrides)
    await service.send('PUT', `${path}/overrides/${featureId}`, dated(body, base))
  if (now - base < KEYS_LAST_MS)
    for (const usage of customer.usage) {
      const body = { customerId: customer.id, ...usage }
      await service.send('POST', '/usage', dated(body, base), keyOf('usage', body))
    }
}

async function loadSubscription(
  service: Client,
  customerId: string,
  subscription: SeedSubscription,
  base: number,
): Promise<void> {
  const path = `/customers/${encodeURIComponent(customerId)}/subscriptions`
  const key = keyOf(customerId, subscription.body)
  const { body } = await service.send('POST', path, dated(subscription.body, base), key)
  for (const [index, step] of subscription.actions.entries())
    await service.send(
      'POST',
      `/subscriptions/${String(body['id'])}/${step.action}`,
      dated(step.body, base),
      keyOf(key, index, step),
    )
}

function seededAt(answer: { readonly status: number; readonly body: JsonObject }): number | null {
  const text = answer.status === 404 ? undefined : record(answer.body['metadata'])['seededAt']
  return typeof text === 'string' ? Date.parse(text) : null
}

function record(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Derived from the content as the file has it: another content is another thing to do. */
function keyOf(...content: readonly unknown[]): string {
  return `seed-${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 40)}`
}
