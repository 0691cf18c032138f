/** What a customer sees who comes back from a provider, and has not bought anything (yet). */
import { html } from 'hono/html'
import { type Markup, pageResponse, seeOther } from '../page/shell.ts'
import type { SessionRow } from './checkout-session.ts'

/** Nobody will pay on it any more. */
export async function leftPage(
  { cancelUrl }: Pick<SessionRow, 'cancelUrl'>,
  nonce: string,
): Promise<Response> {
  if (cancelUrl !== null) return seeOther(new URL(cancelUrl).href)
  const content = said(html`<p>Nothing was bought and nothing was charged.</p>`)
  return pageResponse({ title: 'This page has expired', status: 409, content }, nonce)
}

/** Whether it was paid cannot be known now; it is found out without anybody's doing. */
export function unknownPage(nonce: string): Promise<Response> {
  const content = said(
    html`<p class="note warn" role="alert">
        It cannot be seen just now whether your payment has arrived. You need not pay again: once it
        has, you have what you bought.
      </p>
      <p class="buttons"><a class="button main" href="">Look again</a></p>`,
  )
  return pageResponse({ title: 'One moment', status: 503, content }, nonce)
}

/** It was paid, and what it was for cannot be given. */
export function unfulfilledPage(nonce: string): Promise<Response> {
  const content = said(
    html`<p class="note bad" role="alert">
      Your payment has arrived, but what you bought could not be given to you. This has been written
      down: please turn to whoever sold it to you.
    </p>`,
  )
  return pageResponse({ title: 'This could not be completed', status: 409, content }, nonce)
}

function said(content: Markup): Markup {
  return html`<section class="card">${content}</section>`
}
