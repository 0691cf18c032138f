/** The sandbox's own checkout page, and the way back from any other. */
import { err, ok } from '../../entitlements/result.ts'
import type { PageOutcome, PageStep } from '../../schema/wire/checkout.ts'
import { readCustomer } from '../change/customer-change.ts'
import { asPage } from '../page/as-page.ts'
import { seeOther } from '../page/shell.ts'
import { asProvider } from '../payments/as-provider.ts'
import { completeCheckout } from '../payments/checkout-complete.ts'
import { offerOf } from '../payments/checkout-offer.ts'
import { closedPage, missingPage, openPage, refusedPage } from '../payments/checkout-page.ts'
import { leftPage, unfulfilledPage, unknownPage } from '../payments/checkout-back-page.ts'
import {
  buyerOf,
  readSession,
  type SessionRow,
  statusOf,
  successOf,
} from '../payments/checkout-session.ts'
import type { PageState } from '../payments/provider.ts'
import { providerNamed } from '../payments/providers.ts'
import { SANDBOX } from '../payments/sandbox.ts'
import { refusalOf } from '../refusal.ts'
import { originOf } from '../respond.ts'
import type { Call, Handler, Outcome } from '../route.ts'

interface One {
  readonly sessionId: string
}

type Visit = Call<One>

const showCheckout: Handler<One, { readonly step?: PageStep }> = async (call) => {
  const nonce = call.ports.random.uuid()
  const session = await ownSession(call)
  if (session === null) return ok(await missingPage(nonce))
  const offer = await offerOf(call, session)
  return ok(
    statusOf(session, call.now) === 'open'
      ? await openPage(offer, nonce, call.query.step)
      : await closedPage(offer, nonce),
  )
}

/** What a form of the page asks for. A session that is paid already leads to where it led before. */
const answerCheckout: Handler<One, unknown, { readonly outcome: PageOutcome }> = async (call) => {
  const nonce = call.ports.random.uuid()
  const session = await ownSession(call)
  if (session === null) return ok(await missingPage(nonce))
  const status = statusOf(session, call.now)
  if (status === 'completed') return ok(seeOther(successOf(session)))
  if (status === 'expired') return ok(await closedPage(await offerOf(call, session), nonce))
  switch (call.body.outcome) {
    case 'pay':
    case 'approve':
      return paid(call, session, nonce)
    case 'authenticate':
      return ok(seeOther(stepOf(session, 'authenticate')))
    case 'decline':
      return ok(seeOther(stepOf(session, 'declined')))
    case 'fail':
      return ok(seeOther(stepOf(session, 'failed')))
  }
}

/** Where other providers send customers: what was paid holds before they arrive, whether or not it was told yet. */
const comeBack: Handler<One> = async (call) => {
  const { sessionId } = call.params
  const nonce = call.ports.random.uuid()
  const session = await readSession(call, sessionId)
  if (session === null) return ok(await missingPage(nonce))
  if (session.completedAt !== null) return ok(seeOther(successOf(session)))
  const page = await askProvider(call, session)
  if (page === null) return ok(await unknownPage(nonce))
  if (page === 'open') return ok(seeOther(session.url))
  // Without a token, and the session says `open`: the money is on its way.
  if (page === 'waiting') return ok(seeOther(successOf(session)))
  if (page === 'closed') return ok(await leftPage(session, nonce))
  const outcome = await completeCheckout(asProvider(call, page.provider), page)
  if (!outcome.ok) return ok(await unknownPage(nonce))
  const after = await readSession(call, sessionId)
  const isDone = after !== null && after.completedAt !== null
  return ok(isDone ? seeOther(successOf(after)) : await unfulfilledPage(nonce))
}

/** What the provider says of its page; null where nobody can say now. */
async function askProvider(
  call: Visit,
  { providerName: name, providerReference: reference }: SessionRow,
): Promise<PageState | null> {
  const provider = name === null ? null : await providerNamed(call, name)
  if (provider === null || reference === null) return null
  const read = await provider.readCheckout(reference)
  return read.ok ? read.value : null
}

/** A session that this page is for. */
async function ownSession(call: Visit): Promise<SessionRow | null> {
  const session = await readSession(call, call.params.sessionId)
  return session?.providerName === SANDBOX ? session : null
}

async function paid(call: Visit, session: SessionRow, nonce: string): Promise<Outcome> {
  const customer = await readCustomer(call, buyerOf(session))
  const principal = { ...call.principal, kind: 'checkout', id: session.id } as const
  const outcome = await completeCheckout(
    { ...call, principal },
    {
      provider: SANDBOX,
      id: session.id,
      occurredAt: customer?.clockAt ?? call.now,
      fact: {
        kind: 'checkout_completed',
        sessionId: session.id,
        reference: session.id,
        period: null,
      },
    },
  )
  if (outcome.ok) return ok(seeOther(successOf((await readSession(call, session.id)) ?? session)))
  const { problem } = refusalOf(outcome.error, call.requestId, originOf(call.request))
  if (problem.status >= 500) return err(outcome.error)
  return ok(await refusedPage(session, problem.detail, nonce))
}

function stepOf({ id }: SessionRow, step: PageStep): string {
  return `/checkout/${id}?step=${step}`
}

export const getCheckoutPage = asPage(showCheckout)
export const postCheckoutPage = asPage(answerCheckout)
export const returnFromCheckout = asPage(comeBack)
