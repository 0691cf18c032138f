/** A customer's own page, in Kelviq's words. */
import { ok, type Result } from '../../entitlements/result.ts'
import { CUSTOMER_ID } from '../../schema/ids.ts'
import type { CustomerAnswer } from '../../schema/wire/customer.ts'
import type { Failure } from '../failures.ts'
import { ask, type Reply, type Row, type Said } from './row.ts'

export const PORTAL_ROWS: readonly Row[] = [
  { method: 'POST', path: '/portal/session', scope: 'manage', handle: createSession },
]

async function createSession(said: Said): Promise<Result<Reply, Failure>> {
  const { customerId } = said.body
  if (typeof customerId !== 'string' || !CUSTOMER_ID.test(customerId)) return ok(NOBODY)
  const params = { customerId }
  const customer = await ask<CustomerAnswer>(said, { operationId: 'getCustomer', params })
  if (!customer.ok) return customer.error.code === 'customer_not_found' ? ok(NOBODY) : customer
  if (customer.value.archivedAt !== null) return ok(NOBODY)
  const session = await ask<{ readonly url: string }>(said, {
    operationId: 'createPortalSession',
    params,
    body: {},
  })
  if (!session.ok) return session
  const { url } = session.value
  const token = url.slice(url.lastIndexOf('/') + 1)
  return ok({ body: { token, email: customer.value.email ?? '', customerPortalUrl: url } })
}

/** Said of the field, as Kelviq says it, and not 404. */
const NOBODY: Reply = {
  status: 400,
  body: {
    customerId: ['Invalid customer id'],
    detail: 'customerId: Invalid customer id.',
    code: 'customer_not_found',
  },
}
