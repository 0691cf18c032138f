/**
 * Whether people come in through Cloudflare Access, and what this deployment was told of it.
 *
 * An environment is a deployment of its own, with an application of its own at Access: whoever is let in by that
 * application is somebody of this environment, and its audience opens no other.
 */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import type { Ports } from '../ports.ts'
import type { Environment } from '../route.ts'
import { type Roles, rolesIn } from './roles.ts'

/** The application at Access that stands before this deployment. */
export interface Application {
  /** The team, as it names itself in what it signs. */
  readonly issuer: string
  /** Where it publishes the keys that it signs with. */
  readonly certsUrl: string
  /** The application, as the team names it. */
  readonly audience: string
}

/** What reading the settings needs of a call. */
export interface Asking {
  readonly ports: Pick<Ports, 'secrets'>
  readonly environment: Environment
}

/** Whether anything was said of Access at all. */
export function isAccessOn({ secrets }: Pick<Ports, 'secrets'>): boolean {
  return isSet(secrets.ACCESS_TEAM_DOMAIN) || isSet(secrets.ACCESS_AUD)
}

/** The application, or which setting nobody can go by. */
export function applicationOf({ ports, environment }: Asking): Result<Application, Failure> {
  const { ACCESS_TEAM_DOMAIN, ACCESS_AUD } = ports.secrets
  const issuer = issuerIn(ACCESS_TEAM_DOMAIN ?? '', environment)
  if (issuer === null) {
    return wrong('ACCESS_TEAM_DOMAIN', 'a name such as team.cloudflareaccess.com')
  }
  const audience = ACCESS_AUD?.trim() ?? ''
  if (!AUDIENCE.test(audience)) {
    return wrong('ACCESS_AUD', "the application's audience tag, 64 hexadecimal digits")
  }
  return ok({ issuer, certsUrl: `${issuer}/cdn-cgi/access/certs`, audience })
}

/** Who has which role. What is wrong with it names an entry, so it is for those to hear who are somebody. */
export function rolesOf({ ports }: Pick<Asking, 'ports'>): Result<Roles, Failure> {
  const roles = rolesIn(ports.secrets.ACCESS_ROLES)
  return roles.ok ? roles : wrong('ACCESS_ROLES', roles.error)
}

const AUDIENCE = /^[0-9a-f]{64}$/i

/** Where the team is reached; in local development it may be played by somebody on this machine. */
function issuerIn(setting: string, environment: Environment): string | null {
  const text = setting.trim().replace(/\/$/, '').toLowerCase()
  if (environment === 'local' && LOOPBACK.test(text)) return text
  const name = text.replace(/^https:\/\//, '')
  return TEAM.test(name) ? `https://${name}` : null
}

const TEAM = /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,3}\.cloudflareaccess\.com$/
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d{1,5}$/

function wrong(setting: string, expected: string): Result<never, Failure> {
  return err({ code: 'sign_in_misconfigured', setting, expected })
}

function isSet(setting: string | undefined): boolean {
  return setting !== undefined && setting.trim() !== ''
}
