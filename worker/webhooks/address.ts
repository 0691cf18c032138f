/**
 * Where this deployment sends requests that somebody else has asked for.
 *
 * Outside local development only to public names over HTTPS, so that nobody makes it knock at doors that are open to it
 * alone. Names are judged as they are spelt: what a public name resolves to is the platform's to refuse.
 */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Environment } from '../route.ts'

/** Who would be asking. */
export interface Asker {
  readonly environment: Environment
  /** Under which name and port this deployment is reached; null where that is not known. */
  readonly ownHost: string | null
}

/** Names of networks that are nobody's in public, and of machines that only their neighbours know. */
const PRIVATE = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'arpa',
  'onion',
]

/** Ports that receivers of HTTPS listen on; the URL parser leaves 443 out. */
const PORTS = ['', '8443']

/** Where requests may be sent: the address as a URL, or what was expected instead, which ends a sentence. */
export function receiverAddress(text: string, asker: Asker): Result<URL, string> {
  if (!URL.canParse(text)) return err(`a URL such as ${EXAMPLE}`)
  const url = new URL(text)
  const wanted = asker.environment === 'local' ? wantedAtHome(url) : wantedOutside(url)
  if (wanted !== null) return err(wanted)
  if (isOwn(url, asker)) return err('an address other than that of this deployment')
  return ok(url)
}

const EXAMPLE = 'https://example.com/webhooks'

function wantedAtHome({ protocol, username, password }: URL): string | null {
  if (protocol !== 'https:' && protocol !== 'http:')
    return 'a URL that begins with https:// or http://'
  return username + password === '' ? null : NO_CREDENTIALS
}

function wantedOutside({ protocol, username, password, hostname, port }: URL): string | null {
  if (protocol !== 'https:') return `a URL that begins with https://, such as ${EXAMPLE}`
  if (username + password !== '') return NO_CREDENTIALS
  if (!isPublicName(hostname)) return `the name of a public host, such as ${EXAMPLE}`
  return PORTS.includes(port) ? null : 'port 443 or 8443'
}

const NO_CREDENTIALS = 'a URL without user name and password'

/** The URL parser has brought numbers in whatever spelling into these two forms already. */
function isPublicName(hostname: string): boolean {
  if (hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname)) return false
  const labels = hostname.replace(/\.$/, '').split('.')
  return labels.length > 1 && labels.every(Boolean) && !PRIVATE.includes(labels.at(-1) ?? '')
}

/** On Cloudflare a name is one deployment whatever the port; at home many share one. */
function isOwn({ host, hostname }: URL, { environment, ownHost }: Asker): boolean {
  if (ownHost === null) return false
  if (environment === 'local') return host === ownHost
  return nameOf(hostname) === nameOf(new URL(`https://${ownHost}`).hostname)
}

function nameOf(hostname: string): string {
  return hostname.replace(/\.$/, '')
}
