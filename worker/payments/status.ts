/** How this deployment stands with whoever takes payments: what is set, what was heard last, and what needs somebody. */
import type { Instant } from '../../entitlements/instant.ts'
import { instantText, textOrNull } from '../../schema/instant-text.ts'
import type { PaymentOutcome } from '../../schema/wire/payment.ts'
import {
  OWED_COUNT_MAX,
  PAYMENT_ROWS_MAX,
  type PaymentProviderStatus,
  type PaymentStatus,
} from '../../schema/wire/payment-status.ts'
import { originOf } from '../respond.ts'
import { rowIn, rowsIn } from '../result-rows.ts'
import type { Call } from '../route.ts'
import { GENERIC } from './biller.ts'
import { SANDBOX } from './sandbox.ts'
import { secretsIn } from './secrets.ts'
import { isStripeOn, STRIPE } from './stripe-client.ts'

type Asking = Pick<Call, 'ports' | 'environment' | 'request' | 'now'>

type Named = PaymentProviderStatus['name']

/** The whole of it, in one batch. */
export async function paymentStatus(call: Asking): Promise<PaymentStatus> {
  const { ports, environment } = call
  const pretends = environment !== 'production'
  const names: readonly Named[] = [...(pretends ? ([SANDBOX] as const) : []), STRIPE, GENERIC]
  const { db } = ports
  const [events, checkouts, ...each] = await db.batch([
    db.prepare(REFUSED_EVENTS).bind(PAYMENT_ROWS_MAX),
    db.prepare(REFUSED_CHECKOUTS).bind(PAYMENT_ROWS_MAX),
    ...names.flatMap((name) => [
      db.prepare(LAST_HEARD).bind(name),
      db.prepare(OWED).bind(name, call.now, OWED_COUNT_MAX),
    ]),
  ])
  return {
    checkout: isStripeOn(ports) ? STRIPE : pretends ? SANDBOX : null,
    providers: names.map((name, at) => ({
      name,
      ...settingsOf(call, name),
      lastHeard: heardFrom(rowIn<HeardRow>(each[at * 2])),
      owed: owedFrom(rowIn<OwedRow>(each[at * 2 + 1])),
    })),
    refusedEvents: rowsIn<EventRow>(events).map((row) => ({ ...row, at: instantText(row.at) })),
    refusedCheckouts: rowsIn<CheckoutRow>(checkouts).map((row) => ({
      ...row,
      createdAt: instantText(row.createdAt),
    })),
  }
}

type Settings = Pick<PaymentProviderStatus, 'configured' | 'missing' | 'mode' | 'webhookUrl'>

/** What is set of what a provider needs. */
function settingsOf({ ports, request }: Asking, name: Named): Settings {
  const missing = NEEDED[name].filter((each) => secretsIn(ports.secrets[each]).length === 0)
  return {
    configured: missing.length === 0,
    missing,
    mode: name === STRIPE ? modeOf(ports.secrets.STRIPE_SECRET_KEY) : null,
    webhookUrl: name === SANDBOX ? null : `${originOf(request)}/webhooks/${name}`,
  }
}

type SecretName = 'STRIPE_SECRET_KEY' | 'STRIPE_WEBHOOK_SECRET' | 'GENERIC_WEBHOOK_SECRET'

const NEEDED: Readonly<Record<Named, readonly SecretName[]>> = {
  sandbox: [],
  stripe: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
  generic: ['GENERIC_WEBHOOK_SECRET'],
}

/** Stripe's keys say so themselves: `sk_live_…`, and `rk_live_…` of a restricted one. */
function modeOf(key = ''): 'test' | 'live' | null {
  if (/^[sr]k_live_/.test(key)) return 'live'
  return /^[sr]k_test_/.test(key) ? 'test' : null
}

interface HeardRow {
  readonly kind: string
  readonly at: Instant
  readonly outcome: PaymentOutcome
}

interface OwedRow {
  readonly count: number
  readonly oldest: Instant | null
}

interface EventRow {
  readonly provider: string
  readonly id: string
  readonly kind: string
  readonly at: Instant
  readonly customerId: string | null
  readonly subscriptionId: string | null
}

interface CheckoutRow {
  readonly sessionId: string
  readonly customerId: string | null
  readonly planId: string
  readonly because: string
  readonly createdAt: Instant
}

function heardFrom(row: HeardRow | undefined): PaymentProviderStatus['lastHeard'] {
  return row === undefined ? null : { ...row, at: instantText(row.at) }
}

function owedFrom(row: OwedRow | undefined): PaymentProviderStatus['owed'] {
  const { count = 0, oldest = null } = row ?? {}
  return { count, oldestAt: textOrNull(oldest) }
}

const LAST_HEARD = `SELECT kind, received_at AS at, outcome FROM payment_events
  WHERE provider = ?1 ORDER BY received_at DESC LIMIT 1`

const OWED = `SELECT count(*) AS count, min(due) AS oldest FROM (
    SELECT provider_due_at AS due FROM subscriptions
    WHERE provider_name = ?1 AND provider_due_at IS NOT NULL AND provider_due_at <= ?2
    ORDER BY provider_due_at LIMIT ?3)`

const REFUSED_EVENTS = `SELECT provider, id, kind, received_at AS at, customer_id AS customerId,
    subscription_id AS subscriptionId FROM payment_events
  WHERE outcome = 'refused' ORDER BY received_at DESC LIMIT ?1`

const REFUSED_CHECKOUTS = `SELECT id AS sessionId, customer_id AS customerId, plan_id AS planId,
    refused_because AS because, created_at AS createdAt FROM checkout_sessions
  WHERE refused_because IS NOT NULL ORDER BY id DESC LIMIT ?1`
