/** Browsers behind Cloudflare Access, on a deployment that has been told of it; the team is played, its keys are real. */
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { forgetCerts } from '../../worker/cloudflare-access/certs.ts'
import type { Secrets } from '../../worker/ports.ts'
import { type Differing, makeTeam } from './access-team.ts'
import { edge, ORIGIN, type Reply } from './edge.ts'

export const STARTED = Date.parse('2026-11-26T09:00:00Z')
export const ISSUER = 'https://acme.cloudflareaccess.com'
export const CERTS = `${ISSUER}/cdn-cgi/access/certs`

export const ROLES = {
  'Ann@Example.com': 'admin',
  '*@example.com': 'viewer',
  'bob@example.com': 'support',
}

/** What a deployment is told. */
export interface Settings extends Pick<
  Secrets,
  'ACCESS_TEAM_DOMAIN' | 'ACCESS_AUD' | 'ACCESS_ROLES'
> {
  readonly ENVIRONMENT?: Env['ENVIRONMENT']
}

/** A browser behind Access: what it is told to be, and what it keeps. */
export interface Visit {
  readonly assertion?: string | null
  readonly settings?: Settings
  readonly cookie?: string
  readonly csrf?: string
  readonly headers?: Record<string, string>
}

export const team = await makeTeam()

/** What the team's address answers, and what it was asked. */
export const address = {
  answer: (): Response | Promise<Response> => Response.json(team.certs()),
  asked: [] as string[],
}

/** Nobody is signed in, no key is known, and everybody's clock says `STARTED`. */
export async function openTeam(): Promise<void> {
  forgetCerts()
  // Sessions that begin at the same instant are the same.
  await env.DB.prepare('DELETE FROM ended_sessions').run()
  vi.useFakeTimers({ now: STARTED, toFake: ['Date'] })
  address.asked = []
  address.answer = () => Response.json(team.certs())
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    address.asked.push(new Request(input).url)
    return address.answer()
  })
}

/** Clocks run again, and requests go where they say. */
export function closeTeam(): void {
  vi.useRealTimers()
  vi.restoreAllMocks()
}

/** What Access says now: of Ann, unless it differs. */
export function said(differing: Differing = {}): Promise<string> {
  return team.assertion(ISSUER, Date.now(), differing)
}

/** The dashboard's first request, as Access passes it on. */
export function visit({ assertion = null, headers = {}, ...rest }: Visit): Promise<Reply> {
  const vouched = assertion === null ? null : { 'Cf-Access-Jwt-Assertion': assertion }
  return send('GET', '/v1/session', { ...rest, headers: { ...headers, ...vouched } })
}

/** A request of a page, to a deployment that knows of Access. */
export function send(
  method: string,
  path: string,
  {
    settings = {},
    cookie = '',
    csrf = '',
    headers = {},
    body,
  }: Visit & { readonly body?: unknown },
): Promise<Reply> {
  const access = {
    ACCESS_TEAM_DOMAIN: 'acme.cloudflareaccess.com',
    ACCESS_AUD: team.audience,
    ACCESS_ROLES: JSON.stringify(ROLES),
    ...settings,
  }
  return edge(null, access).send(method, path, {
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(cookie !== '' && { Cookie: cookie }),
      ...(csrf !== '' && { 'Sluice-Csrf': csrf }),
      Origin: ORIGIN,
      'Sec-Fetch-Site': 'same-origin',
      ...headers,
    },
  })
}

/** What a browser keeps of an answer. */
export function browserFrom({ headers, body }: Reply): Pick<Visit, 'cookie' | 'csrf'> {
  const [cookie = ''] = headers.get('Set-Cookie')?.split(';', 1) ?? []
  return { cookie, csrf: String(body['csrfToken']) }
}
