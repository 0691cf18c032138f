/**
 * The frame of every page that a customer sees. A page is complete in itself: no script, no request to anywhere, and
 * nothing but what this response's nonce allows. What goes into it is escaped by `html`.
 */
import { html, raw } from 'hono/html'
import { SHELL_STYLE } from './shell-style.ts'

/** Made by `html` of `hono/html`, which escapes every value that is not markup itself. */
export type Markup = ReturnType<typeof html>

export interface Page {
  /** The page's only `<h1>`, and the title of its tab. */
  readonly title: string
  /** What comes below the title: best `<section>`s, each with an `<h2>`. */
  readonly content: Markup
  /** 200 where absent. */
  readonly status?: number
  /** A word beside the name, such as the environment. */
  readonly tag?: string
  /** Sources that forms may lead to, beside this service, in the form of a policy. */
  readonly formsLeadTo?: readonly string[]
}

/** @param nonce New for every response. */
export async function pageResponse(page: Page, nonce: string): Promise<Response> {
  const { status = 200, formsLeadTo = [] } = page
  return new Response(String(await documentOf(page, nonce)), {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        `default-src 'none'`,
        `style-src 'nonce-${nonce}'`,
        `img-src data:`,
        `base-uri 'none'`,
        ['form-action', `'self'`, ...formsLeadTo].join(' '),
        `frame-ancestors 'none'`,
      ].join('; '),
      'Cross-Origin-Opener-Policy': 'same-origin',
      // The address of a page like these is what opens it: it goes nowhere else.
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex',
    },
  })
}

/** What a browser is sent after a form: the next page, to be fetched with GET. */
export function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: location, 'Referrer-Policy': 'no-referrer' },
  })
}

function documentOf({ title, tag, content }: Page, nonce: string): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${raw(SHELL_STYLE)}
        </style>
      </head>
      <body>
        <header>
          ${LOGO}<span class="name">Sluice</span>${tag && html`<span class="tag">${tag}</span>`}
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
}

const LOGO = html`<svg viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="#0b7285" />
  <g fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round">
    <path d="M6 20q5-4 10 0t10 0M6 25q5-4 10 0t10 0" />
    <path d="M11 6v9M21 6v9M8 9h16" />
  </g>
</svg>`
