import { ok } from '../../entitlements/result.ts'
import type { Outcome } from '../route.ts'

/** Whether this isolate answers. Touches no store: a failing store must not take the service out of rotation. */
export async function getHealth(): Promise<Outcome> {
  return ok({ body: { status: 'ok' } })
}
