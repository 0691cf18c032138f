/**
 * Kelviq's API, so that an application that uses Kelviq's SDK changes two addresses and nothing else
 * (docs/kelviq.md). Paths, names, lists and refusals are translated; every answer is one of our own operations'.
 */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { atLeastFrom } from '../at-least.ts'
import { authenticate, scopeRefusal } from '../authenticate.ts'
import type { Failure } from '../failures.ts'
import type { Protocol, Spoken } from '../protocols.ts'
import { readBody } from '../request.ts'
import type { Outcome } from '../route.ts'
import { ABSENT_ROWS } from './absent.ts'
import { camelCased } from './casing.ts'
import { CATALOGUE_ENTITLEMENT_ROWS } from './catalogue-entitlements.ts'
import { CATALOGUE_FEATURE_ROWS } from './catalogue-features.ts'
import { CATALOGUE_PLAN_ROWS } from './catalogue-plans.ts'
import { CATALOGUE_PRICE_ROWS } from './catalogue-prices.ts'
import { CHECKOUT_ROWS } from './checkout.ts'
import { CUSTOMER_ROWS } from './customers.ts'
import { ENTITLEMENT_ROWS } from './entitlements.ts'
import { type Found, finder } from './paths.ts'
import { PORTAL_ROWS } from './portal.ts'
import { PRODUCT_ROWS } from './product.ts'
import { refused } from './refusal.ts'
import { REPORT_ROWS } from './report.ts'
import type { Body, Reply } from './row.ts'
import { SUBSCRIPTION_ROWS } from './subscriptions.ts'

const find = finder([
  ...ENTITLEMENT_ROWS,
  ...REPORT_ROWS,
  ...CUSTOMER_ROWS,
  ...PORTAL_ROWS,
  ...CHECKOUT_ROWS,
  ...SUBSCRIPTION_ROWS,
  ...CATALOGUE_FEATURE_ROWS,
  ...CATALOGUE_PLAN_ROWS,
  ...CATALOGUE_ENTITLEMENT_ROWS,
  ...CATALOGUE_PRICE_ROWS,
  ...PRODUCT_ROWS,
  ...ABSENT_ROWS,
])

export const kelviq: Protocol = {
  async serve(spoken) {
    const found = find(spoken.request.method, spoken.path)
    if (!found.ok) return found
    const { names } = found.value.row
    const reply = await replyTo(spoken, found.value)
    return reply.ok ? ok(sent(reply.value)) : ok(refused(reply.error, spoken, names))
  },
  refuse: (failure, spoken) => refused(failure, spoken),
}

async function replyTo(spoken: Spoken, { row, params }: Found): Promise<Result<Reply, Failure>> {
  const { scope, token = false } = row
  const caller = await authenticate(spoken, scope)
  if (!caller.ok) return caller
  const principal = caller.value
  const refusal = scopeRefusal(principal, { scope, token })
  if (refusal !== null) return err(refusal)
  const atLeast = atLeastFrom(spoken.request.headers.get('Consistency-Token'))
  if (atLeast === null) return err({ code: 'invalid_consistency_token' })
  const body = await bodyOf(spoken.request)
  if (!body.ok) return body
  const query = new URL(spoken.url).searchParams
  return row.handle({ spoken, principal, atLeast, params, query, body: body.value })
}

async function bodyOf(request: Request): Promise<Result<Body, Failure>> {
  if (request.method === 'GET' || request.method === 'DELETE') return ok({})
  const read = await readBody(request)
  if (!read.ok) return read
  const body = camelCased(read.value ?? {})
  return isObject(body)
    ? ok(body)
    : err({
        code: 'invalid_request',
        errors: [{ pointer: '', code: 'invalid_type', expected: 'an object' }],
      })
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sent({ status = 200, body }: Reply): Extract<Outcome, { ok: true }>['value'] {
  return body === null ? new Response(null, { status }) : { status, body }
}
