/** Who takes payments here. */
import type { Call } from '../route.ts'
import type { PaymentProvider } from './provider.ts'
import { SANDBOX, sandboxProvider } from './sandbox.ts'

/** What choosing a provider needs of a call. */
export type Choosing = Pick<Call, 'ports' | 'environment' | 'request'>

/** Who takes new payments: the built-in pretence wherever no real money is meant. Null: nobody. */
export async function providerFor(call: Choosing): Promise<PaymentProvider | null> {
  return call.environment === 'production' ? null : sandboxProvider(call)
}

/** Who has opened a session, as long as this deployment still knows them. */
export async function providerNamed(call: Choosing, name: string): Promise<PaymentProvider | null> {
  if (name === SANDBOX && call.environment !== 'production') return sandboxProvider(call)
  const provider = await providerFor(call)
  return provider?.name === name ? provider : null
}
