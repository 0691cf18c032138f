import { ok } from '../../entitlements/result.ts'
import type { Call, Outcome } from '../route.ts'

/** What the caller's credential is and may do. */
export async function getMe({ principal, environment }: Call): Promise<Outcome> {
  const { kind, id, scopes, role, expiresAt, customerId, featureIds } = principal
  return ok({
    body: {
      kind,
      environment: environment === 'production' ? 'production' : 'sandbox',
      ...(role === null ? null : { role }),
      scopes,
      ...idOf(kind, id),
      ...(customerId === undefined ? null : { customerId }),
      ...(featureIds === undefined ? null : { featureIds }),
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    },
  })
}

function idOf(kind: Call['principal']['kind'], id: string) {
  if (kind === 'person') return { email: id }
  return kind === 'token' ? { tokenId: id } : { keyId: id }
}
