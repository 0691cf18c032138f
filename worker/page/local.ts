/** The page of local development: to ask questions with. No deployed Worker has it. */
import { env } from 'cloudflare:workers'
import { parseSecretKey } from '../../schema/keys.ts'
import type { Call } from '../route.ts'
import markup from './home.html'
import script from './script.html'
import style from './style.html'

export function localPage({ request, ports }: Call): Response {
  const { hostname } = new URL(request.url)
  return homePage(LOOPBACK.has(hostname) ? devKey() : null, ports.random.uuid())
}

/**
 * The page, complete in itself: it loads nothing and runs only what carries this response's nonce.
 *
 * @param key Null: the page asks for one.
 * @param nonce New for every response.
 */
export function homePage(key: string | null, nonce: string): Response {
  const page = markup
    .replace('{{style}}', () => style)
    .replace('{{script}}', () => script)
    .replaceAll('{{nonce}}', nonce)
    .replace('{{key}}', key ?? '')
  return new Response(page, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        `default-src 'none'`,
        `script-src 'nonce-${nonce}'`,
        `style-src 'nonce-${nonce}'`,
        `connect-src 'self'`,
        `img-src data:`,
        `base-uri 'none'`,
        `form-action 'none'`,
        `frame-ancestors 'none'`,
      ].join('; '),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

/** The page holds a key: a foreign name that was made to point at this machine must not read it. */
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** `npm run dev` passes its key as a variable; plain `wrangler dev` has none. Nothing but a key gets into the page. */
function devKey(): string | null {
  const key = 'SLUICE_DEV_KEY' in env ? env.SLUICE_DEV_KEY : null
  return typeof key === 'string' && parseSecretKey(key) !== null ? key : null
}
