/** Where customers are sent back to. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import type { Environment } from '../route.ts'

/** Stands for the session's id in the address of success. */
const PLACE_OF_ID = '{CHECKOUT_SESSION_ID}'

/** Names of the sender's own machine. */
export const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * The address as a browser will go to it, or why nobody is sent there: https without credentials. http leads to the
 * sender's own machine, in local development anywhere.
 */
export function returnAddress(
  text: string,
  pointer: string,
  environment: Environment,
): Result<string, Failure> {
  const url = URL.canParse(text) ? new URL(text) : null
  const refused = (expected: string) => err({ code: 'url_not_allowed', pointer, expected } as const)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return refused('an absolute address that begins with https://')
  }
  if (url.username !== '' || url.password !== '') {
    return refused('an address without a user name and a password')
  }
  const isPlain = url.protocol === 'http:' && environment !== 'local'
  if (isPlain && !LOOPBACK.test(url.hostname)) {
    return refused('https:// (http:// leads to localhost alone)')
  }
  return ok(url.href)
}

/** The address of success for one session. */
export function withSessionId(address: string, sessionId: string): string {
  return address.replaceAll(PLACE_OF_ID, sessionId)
}

/** The address with a consistency token behind its query; query and fragment stay as they are. */
export function withToken(address: string, consistencyToken: string): string {
  const [rest = '', ...fragment] = address.split('#')
  const hash = fragment.length === 0 ? '' : `#${fragment.join('#')}`
  const joint = !rest.includes('?') ? '?' : /[?&]$/.test(rest) ? '' : '&'
  return `${rest}${joint}consistencyToken=${encodeURIComponent(consistencyToken)}${hash}`
}
