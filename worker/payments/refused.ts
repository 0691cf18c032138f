import type { Failure } from '../failures.ts'
import type { Call } from '../route.ts'
import type { ProviderFailure } from './provider.ts'

/** What a caller hears of a provider that does not do what it is asked; why stands in the log, for the operator. */
export function refusedBy(
  { requestId }: Pick<Call, 'requestId'>,
  { provider, retryable, because }: ProviderFailure,
): Failure {
  console.error({ requestId, provider, refused: 'checkout', retryable, because })
  return retryable ? { code: 'unavailable' } : { code: 'provider_refused', provider }
}
