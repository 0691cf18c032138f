/** `GET /`: a page to ask questions with in local development, an index of the service elsewhere. */
import { env } from 'cloudflare:workers'
import { ok } from '../../entitlements/result.ts'
import { parseSecretKey } from '../../schema/keys.ts'
import type { Call, Environment, Outcome } from '../route.ts'
import { ROUTES } from '../routes.ts'
import markup from './home.html'
import script from './script.html'
import style from './style.html'

export async function getHome(call: Call): Promise<Outcome> {
  const accept = call.request.headers.get('Accept')
  if (call.environment !== 'local' || accept === 'application/json')
    return ok({ body: indexJson(call.environment) })
  const { hostname } = new URL(call.request.url)
  return ok(homePage(LOOPBACK.has(hostname) ? devKey() : null, call.ports.random.uuid()))
}

/** What the service is, and every route that it has. */
export function indexJson(environment: Environment): object {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`)
  return { name: 'Sluice', environment, routes }
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
