import type { Call } from '../route.ts'

/** A call as it goes on once its sender is known to be this provider. Whose event it is, is all that makes it repeatable. */
export function asProvider<C extends Pick<Call, 'principal' | 'idempotencyKey'>>(
  call: C,
  provider: string,
): C {
  const principal = { kind: 'provider', id: provider, scopes: [], role: null, expiresAt: null }
  return { ...call, principal, idempotencyKey: null }
}
