/** A person's session with the dashboard, one export a route. */
import * as z from 'zod/mini'
import { ROLES } from '../keys.ts'
import { body, instantText, words } from './field.ts'

/** Who is signed in, until when, and what changing requests prove themselves with. */
export const personSession = z.object({
  environment: z.enum(['sandbox', 'production']),
  role: z.enum(ROLES),
  /** What the person is called: the name of the key, or the e-mail address. */
  name: z.string(),
  /** Who vouches for the person: a key that was shown, or Cloudflare Access. */
  via: z.enum(['key', 'access']),
  keyId: z.optional(z.string()),
  email: z.optional(z.string()),
  /** Sent as `Sluice-Csrf` with everything that changes something. */
  csrfToken: z.string(),
  expiresAt: instantText,
})

export const createSession = { body: body({ key: words(256) }), answer: personSession }
export const getSession = { answer: personSession }
export const deleteSession = { answer: z.object({ ended: z.literal(true) }) }
