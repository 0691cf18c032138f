/** People whom Cloudflare Access lets in, as somebody of this deployment. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Role } from '../../schema/keys.ts'
import type { Failure } from '../failures.ts'
import { assertionIn, vouchedFor } from './assertion.ts'
import type { Looking } from './certs.ts'
import { roleOf } from './roles.ts'
import { applicationOf, type Asking, isAccessOn, rolesOf } from './settings.ts'

/** Somebody whom Access vouches for, and what they may be here. */
export interface Vouched {
  readonly address: string
  readonly role: Role
}

/** Whom Access vouches for in a request; null: it says nothing of anybody, or is not listened to here. */
export async function vouchedIn(
  call: Looking & Asking & { readonly request: Request },
): Promise<Result<Vouched, Failure> | null> {
  const assertion = assertionIn(call.request.headers)
  if (assertion === null || !isAccessOn(call.ports)) return null
  const application = applicationOf(call)
  if (!application.ok) return application
  const address = await vouchedFor(call, application.value, assertion)
  if (!address.ok) return address
  const roles = rolesOf(call)
  if (!roles.ok) return roles
  const role = roleOf(roles.value, address.value)
  return role === null ? err(nobodyHere(address.value)) : ok({ address: address.value, role })
}

/** What somebody may be as the settings are now; null: nothing any more. */
export function roleNow(call: Asking, address: string): Result<Role | null, Failure> {
  if (!isAccessOn(call.ports)) return ok(null)
  const application = applicationOf(call)
  if (!application.ok) return application
  const roles = rolesOf(call)
  return roles.ok ? ok(roleOf(roles.value, address)) : roles
}

function nobodyHere(address: string): Failure {
  const because = `${address} has no role here: an operator names it, or its domain, in ACCESS_ROLES.`
  return { code: 'sign_in_refused', because }
}
