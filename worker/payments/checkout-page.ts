/** The pages of a checkout in the sandbox: what is sold, what its payment is to come to, and how it ended. */
import { html } from 'hono/html'
import { DAY_MS } from '../../entitlements/instant.ts'
import type { PageStep } from '../../schema/wire/checkout.ts'
import { type Markup, type Page, pageResponse } from '../page/shell.ts'
import { CHARGE_WORDS, dayText, givenText, moneyText } from '../page/words.ts'
import type { Offer } from './checkout-offer.ts'
import { type SessionRow, successOf } from './checkout-session.ts'

const TAG = 'Sandbox'

/** What is sold, with a button for everything that a payment can come to. */
export function openPage(offer: Offer, nonce: string, step?: PageStep): Promise<Response> {
  const { session, plan } = offer
  const page = { tag: TAG, formsLeadTo: leadsTo(session) }
  if (step === 'authenticate') {
    return pageResponse(
      { ...page, title: 'Is it really you?', content: authentication(session) },
      nonce,
    )
  }
  const title = `Buy ${plan?.name ?? session.planId}`
  return pageResponse({ ...page, title, content: checkout(offer, step) }, nonce)
}

/**
 * Browsers hold every redirect that follows a form to its page's policy, and where the application leads on from its
 * own page is its own business: so the way is left open, as encrypted as that page is.
 */
function leadsTo({ successUrl }: SessionRow): readonly string[] {
  return successUrl.startsWith('https:') ? ['https:'] : ['https:', 'http:']
}

/** What a closed session has come to. */
export function closedPage({ session, ...offer }: Offer, nonce: string): Promise<Response> {
  const content =
    session.completedAt === null
      ? html`<p>Nothing was bought and nothing was charged.</p>
          ${session.cancelUrl === null ? '' : linkTo(session.cancelUrl, 'Go back')}`
      : html`<p class="note good">${soldText({ session, ...offer })}</p>
          ${linkTo(successOf(session), 'Continue')}`
  return plainPage(nonce, {
    title: session.completedAt === null ? 'This page has expired' : 'Thank you',
    status: session.completedAt === null ? 409 : 200,
    content: html`<section class="card">${content}</section>`,
  })
}

/** Why what was just tried cannot be bought any more. */
export function refusedPage(session: SessionRow, detail: string, nonce: string): Promise<Response> {
  return plainPage(nonce, {
    title: 'This cannot be bought now',
    status: 409,
    content: html`<section class="card">
      <p class="note bad" role="alert">${detail}</p>
      <p>Nothing was charged.</p>
      ${session.cancelUrl === null ? '' : linkTo(session.cancelUrl, 'Go back')}
    </section>`,
  })
}

export function missingPage(nonce: string): Promise<Response> {
  return plainPage(nonce, {
    title: 'There is no such page',
    status: 404,
    content: html`<section class="card">
      <p>
        The address is mistyped, or older than a month. Whoever sent you here can make a new one.
      </p>
    </section>`,
  })
}

function plainPage(nonce: string, page: Page): Promise<Response> {
  return pageResponse({ tag: TAG, ...page }, nonce)
}

function checkout(offer: Offer, step: PageStep | undefined): Markup {
  const { plan } = offer
  return html`${step === undefined ? '' : html`<p class="note bad" role="alert">${MESSAGES[step]}</p>`}
    <section class="card" aria-labelledby="price">
      <h2 id="price">Price</h2>
      ${plan?.description === undefined ? '' : html`<p class="soft">${plan.description}</p>`}
      ${price(offer)}
    </section>
    ${gives(offer)} ${payment(offer)}`
}

const MESSAGES: Readonly<Record<PageStep, string>> = {
  declined: 'The payment was declined. Nothing was charged; you can try again.',
  failed: 'It could not be confirmed that it is you. Nothing was charged; you can try again.',
  authenticate: '',
}

function price({ session, replaces, from, now }: Offer): Markup {
  const { amount, quantity, currency, chargePeriod, trialDays } = session
  const each = currency === null ? 'Free' : moneyText(amount, currency)
  const all = currency === null ? 'nothing' : moneyText(amount * quantity, currency)
  const period = chargePeriod === null ? '' : CHARGE_WORDS[chargePeriod]
  const start = trialDays > 0 ? now + trialDays * DAY_MS : from
  const isLater = start > now
  return html`<p class="price">${each} <small>${period}</small></p>
    <dl class="facts">
      ${quantity > 1 ? fact('Quantity', `${quantity}, together ${all} ${period}`) : ''}
      ${trialDays > 0 ? fact('Free trial', days(trialDays)) : ''}
      ${replaces === null ? '' : fact('Takes the place of', replaces)}
      ${isLater ? fact(trialDays > 0 ? 'First payment' : 'Begins', dayText(start)) : ''}
      ${fact('Due today', isLater ? 'nothing' : all)}
      ${session.customerId === null ? '' : fact('Customer', session.customerId)}
    </dl>`
}

function fact(name: string, value: string): Markup {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`
}

const days = (count: number) => `${count} ${count === 1 ? 'day' : 'days'}`

function gives({ plan, session }: Offer): Markup | string {
  const lines = (plan?.allowances ?? []).flatMap(({ name, description, unit, allowance }) => {
    const given = givenText(allowance, unit ?? null, session.quantity)
    if (given === null) return []
    const more = given === '' ? (description ?? '') : given
    return [
      html`<li>${name}${more === '' ? '' : html`<br /><span class="soft">${more}</span>`}</li>`,
    ]
  })
  if (lines.length === 0) return ''
  return html`<section class="card" aria-labelledby="gives">
    <h2 id="gives">What you get</h2>
    <ul class="gives">
      ${lines}
    </ul>
  </section>`
}

function payment({ session: { id, cancelUrl } }: Offer): Markup {
  return html`<section class="card" aria-labelledby="payment">
    <h2 id="payment">Payment</h2>
    <p class="note warn">This is a sandbox: no money moves. Choose what the payment comes to.</p>
    <form method="post" action="/checkout/${id}">
      <div class="buttons">
        <button class="button main" name="outcome" value="pay">Pay</button>
        <button class="button" name="outcome" value="authenticate">
          Pay, and be asked to confirm it
        </button>
        <button class="button danger" name="outcome" value="decline">Decline</button>
        ${cancelUrl === null ? '' : html`<a class="button" href="${cancelUrl}">Leave without paying</a>`}
      </div>
    </form>
    ${cancelUrl === null ? html`<p class="soft">To leave without paying, close this page.</p>` : ''}
  </section>`
}

/** The second step that a bank may ask for. */
function authentication({ id }: SessionRow): Markup {
  return html`<section class="card" aria-labelledby="bank">
    <h2 id="bank">Your bank asks</h2>
    <p>It wants to know that it is you who pays. In a sandbox you say what comes of it.</p>
    <form method="post" action="/checkout/${id}">
      <div class="buttons">
        <button class="button main" name="outcome" value="approve">It is me</button>
        <button class="button danger" name="outcome" value="fail">Fail</button>
        <a class="button" href="/checkout/${id}">Back</a>
      </div>
    </form>
  </section>`
}

function linkTo(address: string, words: string): Markup {
  return html`<p class="buttons"><a class="button main" href="${address}">${words}</a></p>`
}

function soldText({ session, plan, from, now }: Offer): string {
  const { amount, quantity, currency, trialDays } = session
  const name = plan?.name ?? session.planId
  if (from > now) return `${name} is yours from ${dayText(from)} on. Nothing was charged today.`
  if (trialDays > 0) return `${name} is yours, free for ${days(trialDays)}.`
  const paid = currency === null ? 'Nothing' : moneyText(amount * quantity, currency)
  return `${name} is yours. ${paid} was charged.`
}
