/** Telling a provider what was decided here, behind the answer; what does not get through is the tick's to repeat. */
import type { Subscribing } from '../change/subscriptions.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import { asProvider } from './as-provider.ts'
import { isStripeOn, STRIPE, stripeOf } from './stripe-client.ts'

/** Has the provider of a subscription told that something was done to it. What it told itself it knows. */
export function reflect(
  call: Subscribing,
  { id, providerName }: Pick<SubscriptionRow, 'id' | 'providerName'>,
): void {
  const isItsOwn = call.principal.kind === 'provider' && call.principal.id === STRIPE
  if (providerName !== STRIPE || isItsOwn || !isStripeOn(call.ports)) return
  call.waitUntil(
    tellStripe({ ...call, idempotencyKey: null }, id).catch((thrown: unknown) =>
      console.error({ stripe: 'not told', subscriptionId: id, thrown: nameOf(thrown) }),
    ),
  )
}

async function tellStripe(
  call: Subscribing & { readonly idempotencyKey: null },
  id: string,
): Promise<void> {
  const { keepInStep } = await import('./stripe-keep.ts')
  await keepInStep(asProvider(call, STRIPE), await stripeOf(call), id, null)
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown
}
