/** What a biller's webhooks are answered, in workerd. */
import { exports } from 'cloudflare:workers'
import type { ApiAnswer } from './api.ts'
import { signedByBiller, type Signing } from './biller.ts'

/** Sends what a biller has signed. */
export async function deliver(body: string, headers: HeadersInit): Promise<ApiAnswer> {
  const address = 'https://sluice.test/webhooks/generic'
  const response = await exports.default.fetch(address, { method: 'POST', body, headers })
  return { status: response.status, body: await response.json(), headers: response.headers }
}

/** When it happened at the biller, if not now, and how it is signed. */
export interface Telling extends Partial<Signing> {
  readonly timestamp?: string
}

/** Signs and sends what happened; returns the answer's body, with its status code as `code` unless it is a problem. */
export async function tell(type: string, data: object, { timestamp, ...signing }: Telling = {}) {
  const happened = timestamp ?? new Date().toISOString()
  const text = JSON.stringify({ type, timestamp: happened, data })
  const id = signing.id ?? `msg_${crypto.randomUUID()}`
  const signed = signedByBiller(text, { ...signing, id })
  const { status, body } = await deliver(signed.body, signed.headers)
  return { code: status, ...body }
}
