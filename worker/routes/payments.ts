/** What payment providers tell over HTTP, and what a test has the sandbox tell. */
import { err, ok } from '../../entitlements/result.ts'
import type { SandboxPayment } from '../../schema/wire/payment.ts'
import { below } from '../change/invalid.ts'
import { applyPayment } from '../payments/apply.ts'
import { asProvider } from '../payments/as-provider.ts'
import { billerEventFrom, GENERIC } from '../payments/biller.ts'
import { payInSandbox } from '../payments/sandbox-payment.ts'
import { secretsIn } from '../payments/secrets.ts'
import { verified } from '../payments/signature.ts'
import { applySubscribed } from '../payments/subscribe.ts'
import { isStripeOn, STRIPE } from '../payments/stripe-client.ts'
import { stripeEventFrom } from '../payments/stripe-event.ts'
import { hearStripe } from '../payments/stripe-hear.ts'
import { signatureFault } from '../payments/stripe-signature.ts'
import type { Call, Handler, Outcome } from '../route.ts'

export const paySandbox: Handler<{ readonly subscriptionId: string }, unknown, SandboxPayment> = (
  call,
) => payInSandbox(call, call.params.subscriptionId, call.body)

/** Where no secret is set, there is no such route, and it says what would bring it here. */
export const postGenericWebhook: Handler<unknown, unknown, string> = async (call) => {
  const secrets = secretsIn(call.ports.secrets.GENERIC_WEBHOOK_SECRET)
  if (secrets.length === 0) return noRoute(call, GENERIC_SECRETS)
  const signed = verified(call, call.body, secrets)
  if (!signed.ok) return signed
  const event = billerEventFrom(call, signed.value.id, call.body)
  if (!event.ok) return event
  if (event.value === null) return ok({ body: { outcome: 'ignored' } })
  const { fact } = event.value
  const told = asProvider(call, GENERIC)
  const outcome = await (fact.kind === 'subscribed'
    ? applySubscribed(told, { ...event.value, fact })
    : applyPayment(told, { ...event.value, fact }))
  return outcome.ok ? outcome : err(below('/data', outcome.error))
}

/** Nothing of Stripe's package loads for what Stripe has not signed, nor for what concerns nobody. */
export const postStripeWebhook: Handler<unknown, unknown, string> = async (call) => {
  if (!isStripeOn(call.ports)) return noRoute(call, STRIPE_SECRETS)
  const secrets = secretsIn(call.ports.secrets.STRIPE_WEBHOOK_SECRET)
  const header = call.request.headers.get('Stripe-Signature')
  const because = await signatureFault(call.body, header, secrets, call.now)
  if (because !== null) return err({ code: 'signature_invalid', because })
  const event = stripeEventFrom(call.body)
  return event.ok ? hearStripe(asProvider(call, STRIPE), event.value) : event
}

const GENERIC_SECRETS = 'Set the secret GENERIC_WEBHOOK_SECRET, and it is'
const STRIPE_SECRETS = 'Set the secrets STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, and it is'

function noRoute({ request: { method, url } }: Pick<Call, 'request'>, needed: string): Outcome {
  const because = `${needed}: see GET /v1/settings/payments.`
  return err({ code: 'route_not_found', method, path: new URL(url).pathname, because })
}
