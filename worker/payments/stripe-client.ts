/**
 * Reaching Stripe. Its package is large: it loads with the first request that needs it, and nothing on the way of a
 * check knows of it.
 */
import type Stripe from 'stripe'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Ports } from '../ports.ts'
import type { Call } from '../route.ts'
import type { ProviderFailure } from './provider.ts'
import { secretsIn } from './secrets.ts'

export const STRIPE = 'stripe'

/** What reaching Stripe needs of a call. */
export type Reaching = Pick<Call, 'environment'> & {
  readonly ports: Pick<Ports, 'fetch' | 'secrets'>
}

/** Why Stripe did not do what it was asked. */
export interface StripeFailure extends ProviderFailure {
  /** Whether it knows nothing under the id that it was asked for. */
  readonly isMissing: boolean
}

/** A request of Stripe's own route waits for a few of these, and Stripe waits for it. */
const TIMEOUT_MS = 4_000
const RETRIES = 1

/** Whether this deployment takes payments through Stripe. */
export function isStripeOn({ secrets }: Pick<Ports, 'secrets'>): boolean {
  return isSet(secrets.STRIPE_SECRET_KEY) && secretsIn(secrets.STRIPE_WEBHOOK_SECRET).length > 0
}

/** Stripe as this deployment's account sees it. */
export async function stripeOf(call: Reaching): Promise<Stripe> {
  const { fetch, secrets } = call.ports
  const { default: Client } = await import('stripe')
  return new Client(secrets.STRIPE_SECRET_KEY ?? '', {
    httpClient: Client.createFetchHttpClient((url: RequestInfo | URL, init?: RequestInit) =>
      fetch(new Request(url, init)),
    ),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    ...addressOf(call),
  })
}

/** What was decided here cannot be billed by anybody: the catalogue has no price for it. */
export class Unsellable extends Error {}

/** The answer, or why there is none. What is no failure of Stripe's is a defect of ours, and is thrown. */
export async function asked<T>(work: () => Promise<T>): Promise<Result<T, StripeFailure>> {
  try {
    return ok(await work())
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (failure === null) throw thrown
    return err(failure)
  }
}

/** Whether Stripe says that it knows nothing under the id that it was asked for. */
export function isMissing(thrown: unknown): boolean {
  return failureOf(thrown)?.isMissing === true
}

/** Its seconds as our milliseconds. */
export function instantOf(seconds: number): number {
  return seconds * 1000
}

/** Our milliseconds as its seconds: a date of ours lies within the second. */
export function secondsOf(instant: number): number {
  return Math.floor(instant / 1000)
}

/** The id of something that Stripe names by its id or shows whole. */
export function idOf(
  reference: string | { readonly id: string } | null | undefined,
): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null)
}

/** Another address than Stripe's own: in local development only, and only on this machine. */
function addressOf({ environment, ports }: Reaching) {
  const base = ports.secrets.STRIPE_API_BASE
  if (environment !== 'local' || !isSet(base)) return {}
  const { protocol, hostname, port } = new URL(base)
  if (protocol !== 'http:' || !LOOPBACK.includes(hostname)) return {}
  return { protocol: 'http', host: hostname, port } as const
}

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']

function failureOf(thrown: unknown): StripeFailure | null {
  if (thrown instanceof Unsellable) return refusal(thrown.message)
  if (!(thrown instanceof Error) || !('type' in thrown)) return null
  const { type } = thrown
  if (typeof type !== 'string' || !type.startsWith('Stripe')) return null
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null
  const status = 'statusCode' in thrown ? thrown.statusCode : undefined
  const isOver = typeof status === 'number' && status < 500 && status !== 429 && status !== 409
  return {
    ...refusal(code ?? type),
    retryable: !isOver,
    isMissing: status === 404 || code === 'resource_missing',
  }
}

function refusal(because: string): StripeFailure {
  return {
    code: 'provider_failed',
    provider: STRIPE,
    retryable: false,
    isMissing: false,
    because,
  }
}

function isSet(secret: string | undefined): secret is string {
  return secret !== undefined && secret !== ''
}
