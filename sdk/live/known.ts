/** What has been heard of one customer. Values alone: no socket, no clock. */
import type { EntitlementsAnswer, StreamClosing, StreamMessage } from '../../schema/calls.ts'
import type { Held } from '../contract.ts'

/** What is known once this was heard; null where it says what has changed in something that is not known. */
export function afterMessage(
  held: Held | null,
  customerId: string,
  { complete, entitlements, version, revision, asOf }: StreamMessage,
): Held | null {
  if (complete) return { customerId, version, revision, asOf, data: entitlements }
  if (held === null) return null
  const news = new Map(entitlements.map((each) => [each.featureId, each]))
  const data = held.data.map((each) => {
    const changed = news.get(each.featureId) ?? each
    news.delete(each.featureId)
    return changed
  })
  return { customerId, version, revision, asOf, data: [...data, ...news.values()] }
}

/** What is known once this was answered; an answer that is older than what was heard is not news. */
export function afterAnswer(held: Held | null, answer: EntitlementsAnswer): Held | null {
  const { customerId, version, revision, asOf, data } = answer
  const isOlder = held !== null && (version < held.version || revision < held.revision)
  return isOlder ? held : { customerId, version, revision, asOf, data }
}

/** A text as a message of the stream; null where it is none, such as the answer to a ping. */
export function messageFrom(text: unknown): StreamMessage | StreamClosing | null {
  try {
    const said = JSON.parse(String(text)) as
      | (Partial<StreamMessage> & Partial<StreamClosing>)
      | null
    const isMessage = Array.isArray(said?.entitlements) || typeof said?.closing === 'string'
    return isMessage ? (said as StreamMessage | StreamClosing) : null
  } catch {
    return null
  }
}

/** Where a customer's stream is, for somebody who knows so much. */
export function streamUrl(service: string, customerId: string, held: Held | null): string {
  const url = new URL(`${service}/v1/customers/${encodeURIComponent(customerId)}/stream`)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  for (const name of ['version', 'revision', 'asOf'] as const)
    if (held !== null) url.searchParams.set(name, String(held[name]))
  return url.href
}
