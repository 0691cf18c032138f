/** Letting a customer's browser ask for itself: a token for a while. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import { packClaims } from '../../schema/customer-token.ts'
import { ID_RANDOM_BYTES, newId } from '../../schema/ids.ts'
import { instantText } from '../../schema/instant-text.ts'
import { suggestion } from '../../schema/suggest.ts'
import { features } from '../../schema/tables/catalogue.ts'
import type { TokenInput } from '../../schema/wire/token.ts'
import type { Failure } from '../failures.ts'
import { keyEnvironment } from '../key-record.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import { signToken } from '../tokens.ts'
import { commit, type Committing } from './commit.ts'
import { readCustomer } from './customer-change.ts'
import { database } from './database.ts'
import { type Keeper, type Keeping, once } from './idempotency.ts'

/** What making a token needs of a call. */
export type Issuing = Committing & Keeping & Pick<Call, 'environment'>

/**
 * Makes a token. With an idempotency key it is kept unsigned, so that whoever reads the store can open nothing with it.
 */
export async function createCustomerToken(
  call: Issuing,
  customerId: string,
  input: TokenInput,
): Promise<Outcome> {
  const made = await once(call, (keeper) => makeToken(call, customerId, input, keeper))
  return made.ok && 'body' in made.value && !(made.value instanceof Response)
    ? ok(await signed(call, made.value))
    : made
}

async function makeToken(
  call: Issuing,
  customerId: string,
  { ttlSeconds, scopes, featureIds }: TokenInput,
  keeper: Keeper,
): Promise<Outcome> {
  const { ports, now, environment } = call
  if ((await readCustomer(call, customerId)) === null) {
    return err({ code: 'customer_not_found', customerId })
  }
  const known = await knownFeatures(call, featureIds ?? [])
  if (!known.ok) return known
  const id = newId('tok', now, ports.random.bytes(ID_RANDOM_BYTES))
  // Tokens tell time in whole seconds, and no longer than was asked for.
  const issuedAt = Math.floor(now / 1000) * 1000
  const expiresAt = issuedAt + ttlSeconds * 1000
  const claims = {
    id,
    environment: keyEnvironment(environment),
    customerId,
    scopes,
    featureIds: featureIds ?? null,
    issuedAt,
    expiresAt,
  }
  const kept = { status: 201, body: { packed: packClaims(claims), expiresAt } }
  const outcome = await commit(call, {
    subject: `token:${id}`,
    customerId,
    previous: 0,
    revision: now,
    action: 'tokens.create',
    resource: `customers/${encodeURIComponent(customerId)}/tokens`,
    before: null,
    after: { id, scopes, featureIds: featureIds ?? null, expiresAt: instantText(expiresAt) },
    statements: keeper.statements(kept),
  })
  return outcome === 'lost' ? err({ code: 'unavailable' }) : ok(kept)
}

/** A misspelt feature would be one that nobody ever has, and nobody would be told. */
async function knownFeatures(
  { ports }: Issuing,
  featureIds: readonly string[],
): Promise<Result<null, Failure>> {
  if (featureIds.length === 0) return ok(null)
  const rows = await database(ports.db).select({ id: features.id }).from(features).all()
  const known = new Set(rows.map(({ id }) => id))
  const at = featureIds.findIndex((id) => !known.has(id))
  const id = featureIds[at]
  if (id === undefined) return ok(null)
  return err({
    code: 'unknown_reference',
    pointer: `/featureIds/${at}`,
    resource: 'feature',
    id,
    suggestion: suggestion(id, known),
    archived: false,
  })
}

async function signed({ ports }: Issuing, kept: Answer): Promise<Answer> {
  // What `makeToken` has answered, now or earlier.
  const { packed, expiresAt } = kept.body as { readonly packed: string; readonly expiresAt: number }
  const token = await signToken(ports, packed)
  return { ...kept, body: { token, expiresAt: instantText(expiresAt) } }
}
