/** Opening a checkout session: somebody is about to be sent away to pay. */
import { eq } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { plans } from '../../schema/tables/catalogue.ts'
import type { SessionInput } from '../../schema/wire/checkout.ts'
import { commit } from '../change/commit.ts'
import { changeCustomer } from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import { type Keeper, once } from '../change/idempotency.ts'
import type { Subscribing } from '../change/subscriptions.ts'
import type { Failure } from '../failures.ts'
import { originOf } from '../respond.ts'
import type { Answer, Call, Outcome } from '../route.ts'
import { answerOf, completion } from './checkout-complete.ts'
import { buyerOf, type SessionRow, sessionChange, sessionStatement } from './checkout-session.ts'
import { type Asked, askedSession } from './checkout-terms.ts'
import type { OpenedCheckout, PaymentProvider } from './provider.ts'
import { providerFor } from './providers.ts'
import { refusedBy } from './refused.ts'
import { SANDBOX } from './sandbox.ts'

/** What opening a session needs of a call. */
export type Opening = Subscribing & Pick<Call, 'environment'>

/** When a provider is first asked what has become of a page that it has not told of. */
const FIRST_LOOK_MS = 3_600_000

/** Opens a session, or, where nothing is to be paid, does at once what it is for. */
export function openSession(call: Opening, input: SessionInput): Promise<Outcome> {
  return once(call, async (keeper) => {
    const asked = await askedSession(call, input)
    if (!asked.ok) return asked
    const { amount, quantity } = asked.value.session
    return amount * quantity === 0
      ? takenAtOnce(call, asked.value.session, keeper)
      : opened(call, asked.value, keeper)
  })
}

async function opened(
  call: Opening,
  { session, startsAt }: Asked,
  keeper: Keeper,
): Promise<Outcome> {
  const provider = await providerFor(call)
  if (provider === null) return err({ code: 'provider_missing' })
  const page = await pageOf(call, provider, { session, startsAt })
  if (!page.ok) return page
  const { url, reference } = page.value
  const providerDueAt = provider.name === SANDBOX ? null : call.now + FIRST_LOOK_MS
  const from = { providerName: provider.name, providerReference: reference, providerDueAt }
  const waiting = { ...session, ...from, url }
  const { row, change } = sessionChange(call, session, waiting)
  const answer: Answer = { ...answerOf(row, call), status: 201 }
  const statements = [sessionStatement(call, row), ...keeper.statements(answer)]
  await commit(call, { ...change, statements })
  return ok(answer)
}

/** The provider's page for the session. */
async function pageOf(
  call: Opening,
  provider: PaymentProvider,
  { session, startsAt }: Asked,
): Promise<Result<OpenedCheckout, Failure>> {
  const { id, chargePeriod, amount, currency, quantity, trialDays } = session
  if (chargePeriod === null || currency === null) return err({ code: 'provider_missing' })
  const page = await provider.openCheckout({
    sessionId: id,
    customerId: session.customerId,
    plan: { id: session.planId, name: await nameOf(call, session.planId) },
    price: { chargePeriod, amount, currency },
    quantity,
    trialDays,
    startsAt,
    successUrl: `${originOf(call.request)}/checkout/${id}/return`,
    cancelUrl: session.cancelUrl,
    expiresAt: session.expiresAt,
  })
  if (page.ok) return page
  return err(refusedBy(call, page.error))
}

async function nameOf({ ports }: Pick<Call, 'ports'>, planId: string): Promise<string> {
  const byId = eq(plans.id, planId)
  const plan = await database(ports.db).select({ name: plans.name }).from(plans).where(byId).get()
  return plan?.name ?? planId
}

/** Nobody has to go anywhere for what costs nothing: the customer has it, and is sent straight to the end. */
function takenAtOnce(call: Opening, session: SessionRow, keeper: Keeper): Promise<Outcome> {
  const keyless = { ...call, idempotencyKey: null }
  return changeCustomer(keyless, buyerOf(session), async (draft) => {
    const payment = { provider: null, period: null, occurredAt: draft.now, isTaken: false }
    const completed = await completion(call, session, payment, draft)
    if (!completed.ok) return completed
    const { change, answer } = completed.value.decision
    if (change === undefined) return ok({ answer })
    const created = { ...answer, status: 201 }
    const kept = { ...created, body: { ...created.body, propagation: 'pending' } }
    const statements = [...change.statements, ...keeper.statements(kept)]
    return ok({ change: { ...change, statements }, answer: created })
  })
}
