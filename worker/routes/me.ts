import { ok } from '../../entitlements/result.ts'
import type { Call, Outcome } from '../route.ts'

/** What the caller's credential is and may do. */
export async function getMe({ principal, environment }: Call): Promise<Outcome> {
  const { kind, id, scopes, role, expiresAt } = principal
  return ok({
    body: {
      kind,
      environment: environment === 'production' ? 'production' : 'sandbox',
      ...(role === null ? null : { role }),
      scopes,
      keyId: id,
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    },
  })
}
