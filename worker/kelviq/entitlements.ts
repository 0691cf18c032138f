/** What a customer is entitled to, in Kelviq's words: the call that applications make most. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { CUSTOMER_ID } from '../../schema/ids.ts'
import type { EntitlementAnswer, Freshness } from '../../schema/wire/access.ts'
import type { Failure } from '../failures.ts'
import { entryOf } from './projection.ts'
import { ask, type Reply, type Row, type Said } from './row.ts'

export const ENTITLEMENT_ROWS: readonly Row[] = [
  { method: 'GET', path: '/entitlements', scope: 'read', token: true, handle: entitlements },
]

async function entitlements(said: Said): Promise<Result<Reply, Failure>> {
  // Who holds a customer's token need not say which.
  const customerId = said.query.get('customer_id') ?? said.principal.customerId ?? ''
  if (customerId === '') return err(CUSTOMER_MISSING)
  // An id that nobody can have is that of nobody, like any other that is unknown.
  if (!CUSTOMER_ID.test(customerId)) return ok({ body: { customerId, entitlements: [] } })
  const featureId = said.query.get('feature_id') || null
  return featureId === null ? all(said, customerId) : one(said, customerId, featureId)
}

const CUSTOMER_MISSING: Failure = {
  code: 'invalid_request',
  errors: [
    { pointer: '/customerId', code: 'required', expected: '`customer_id`, the id of a customer' },
  ],
}

type One = EntitlementAnswer & Freshness

/** A single feature is asked about as `/v1/access` is, so that no denial rests on a copy that is behind. */
async function one(
  said: Said,
  customerId: string,
  featureId: string,
): Promise<Result<Reply, Failure>> {
  const query = { customerId, featureId }
  const found = await ask<One>(said, { operationId: 'getAccess', query })
  return found.ok ? ok(replyOf(customerId, [found.value], found.value)) : found
}

type All = Freshness & { readonly data: readonly EntitlementAnswer[] }

async function all(said: Said, customerId: string): Promise<Result<Reply, Failure>> {
  const params = { customerId }
  const found = await ask<All>(said, { operationId: 'listEntitlements', params })
  return found.ok ? ok(replyOf(customerId, found.value.data, found.value)) : found
}

function replyOf(
  customerId: string,
  found: readonly EntitlementAnswer[],
  freshness: Freshness,
): Reply {
  const { servedFrom, version, revision, asOf, ageMs, publishedAt, confirmed, degraded } = freshness
  return {
    body: {
      customerId,
      entitlements: found.flatMap((each) => entryOf(each) ?? []),
      servedFrom,
      version,
      revision,
      asOf,
      ageMs,
      publishedAt,
      confirmed,
      degraded,
    },
  }
}
