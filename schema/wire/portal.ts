/** Portal sessions on the wire, and what their pages are asked for; one export a route. */
import * as z from 'zod/mini'
import { body, customerId, instantText, integer, madeId, prose } from './field.ts'

/** How long a link works: at most, and where nobody says. */
const TTL_SECONDS_MAX = 86_400
const TTL_SECONDS = 1_800

/** The longest address to go back to: it is part of the link. */
const ADDRESS_MAX = 1_024

const input = z.prefault(
  body({
    /** Where the page leads back to. */
    returnUrl: z.exactOptional(prose(ADDRESS_MAX)),
    ttlSeconds: z._default(integer(60, TTL_SECONDS_MAX), TTL_SECONDS),
  }),
  {},
)

export type PortalInput = z.infer<typeof input>

export const createPortalSession = {
  params: body({ customerId }),
  body: input,
  answer: z.object({ url: z.string(), expiresAt: instantText }),
}

/** What was just done, for the page to say. */
export const PORTAL_NEWS = ['canceled', 'undone', 'refused'] as const

export type PortalNews = (typeof PORTAL_NEWS)[number]

// Whatever stands in the address of a page, its reader gets a page: the handler tells a link from what is none.
const token = z.string()
const news = z.pipe(
  z.optional(z.string()),
  z.transform((text) => PORTAL_NEWS.find((each) => each === text)),
)
const held = body({ token, subscriptionId: madeId('sub') })
const nothing = z.prefault(z.object({}), {})

export const getPortal = { params: body({ token }), query: z.object({ news }) }
export const getPortalCancel = { params: held, query: z.object({}) }
export const cancelInPortal = { params: held, body: nothing }
export const undoInPortal = { params: held, body: nothing }
