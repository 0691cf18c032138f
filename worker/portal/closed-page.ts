/** What is shown in the place of a customer's page, where it does not open. Says nothing that the link does not. */
import { html } from 'hono/html'
import { type Page, pageResponse } from '../page/shell.ts'

export type Closed = 'invalid' | 'expired' | 'unavailable'

const PAGES: Readonly<Record<Closed, Omit<Page, 'content'> & { readonly text: string }>> = {
  invalid: {
    title: 'This link does not open anything',
    status: 403,
    text: 'It may have been cut short on its way. Go back to where you found it and open it again.',
  },
  expired: {
    title: 'This link has expired',
    status: 410,
    text: 'Such links work for a while only. Go back to where you found it: it will lead here anew.',
  },
  unavailable: {
    title: 'Not available right now',
    status: 503,
    text: 'Nothing is lost. Please try again in a moment.',
  },
}

const RETRY_SECONDS = '1'

/** @param returnUrl Where the link leads back to, where it says so. */
export async function closedPage(
  why: Closed,
  nonce: string,
  returnUrl: string | null = null,
): Promise<Response> {
  const { text, ...page } = PAGES[why]
  const back =
    returnUrl === null
      ? ''
      : html`<p class="buttons"><a class="button main" href="${returnUrl}">Go back</a></p>`
  const content = html`<section class="card">
    <p>${text}</p>
    ${back}
  </section>`
  const response = await pageResponse({ ...page, content }, nonce)
  if (why === 'unavailable') response.headers.set('Retry-After', RETRY_SECONDS)
  return response
}
