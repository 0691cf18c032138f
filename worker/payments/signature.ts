/** Whether a webhook was signed, lately, by somebody who knows a secret of this deployment: Standard Webhooks. */
import { Webhook } from 'standardwebhooks'
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import type { Call } from '../route.ts'

/** How far the sender's clock may be from ours, either way. */
const TOLERANCE_MS = 300_000

const ID = /^[\x21-\x7e]{1,255}$/
const SECONDS = /^[0-9]{1,12}$/

/** Keeps nothing between texts, so that all requests share it. */
const ENCODER = new TextEncoder()

/** What a signed webhook says of itself. */
export interface Signed {
  /** The same however often it is sent. */
  readonly id: string
}

/** Checks the signature of a body as it was sent; any of the secrets may have made it. */
export function verified(
  { request, now }: Pick<Call, 'request' | 'now'>,
  body: string,
  secrets: readonly string[],
): Result<Signed, Failure> {
  const { headers } = request
  const id = headers.get('webhook-id') ?? ''
  const seconds = headers.get('webhook-timestamp') ?? ''
  const signatures = headers.get('webhook-signature')?.split(' ') ?? []
  if (!ID.test(id) || !SECONDS.test(seconds) || signatures.length === 0) {
    return invalid('It needs the headers webhook-id, webhook-timestamp and webhook-signature.')
  }
  const signedAt = Number(seconds) * 1000
  if (Math.abs(now - signedAt) > TOLERANCE_MS) {
    return invalid('Its timestamp is more than five minutes from now.')
  }
  const expected = secrets.map((secret) => new Webhook(secret).sign(id, new Date(signedAt), body))
  const isSigned = signatures.some((each) => expected.some((wanted) => isEqual(each, wanted)))
  return isSigned ? ok({ id }) : invalid('No signature fits it.')
}

/** Takes as long whichever character differs. */
function isEqual(a: string, b: string): boolean {
  const [one, other] = [ENCODER.encode(a), ENCODER.encode(b)]
  return one.length === other.length && crypto.subtle.timingSafeEqual(one, other)
}

function invalid(because: string): Result<never, Failure> {
  return err({ code: 'signature_invalid', because })
}
