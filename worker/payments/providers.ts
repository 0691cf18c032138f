/** Who takes payments here. */
import type { Call } from '../route.ts'
import type { PaymentProvider } from './provider.ts'
import { SANDBOX, sandboxProvider } from './sandbox.ts'
import { isStripeOn } from './stripe-client.ts'

/** What choosing a provider needs of a call. */
export type Choosing = Pick<Call, 'ports' | 'environment' | 'request'>

/** Who takes new payments: Stripe where its secrets are set, else the pretence wherever no real money is meant. Null: nobody. */
export async function providerFor(call: Choosing): Promise<PaymentProvider | null> {
  if (isStripeOn(call.ports)) return (await import('./stripe.ts')).stripeProvider(call)
  return call.environment === 'production' ? null : sandboxProvider(call)
}

/** Who has opened a session, as long as this deployment still knows them. */
export async function providerNamed(call: Choosing, name: string): Promise<PaymentProvider | null> {
  if (name === SANDBOX && call.environment !== 'production') return sandboxProvider(call)
  const provider = await providerFor(call)
  return provider?.name === name ? provider : null
}
