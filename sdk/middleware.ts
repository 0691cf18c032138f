/**
 * Guards for anything that makes a `Response` of a `Request`: Workers, Next.js, Deno, Bun. docs/middleware.md shows how.
 */
import type { Entitlement } from '../schema/calls.ts'
import {
  type ClientFrom,
  featureGuard,
  type FeatureOptions,
  type Guard,
  meterGuard,
  type MeterOptions,
} from './middleware/guard.ts'
import { OUTAGE_HEADER } from './middleware/refusal.ts'

export type { ClientFrom, FeatureOptions, MeterOptions } from './middleware/guard.ts'

/** Handles a request, knowing what its customer has; null where nobody could say. */
export type Next = (entitlement: Entitlement | null) => Response | Promise<Response>

/** Calls `next` for whoever is let through, and answers everybody else itself. */
export type Middleware<R extends Request = Request> = (request: R, next: Next) => Promise<Response>

/** Lets through who may use the feature; 402 for everybody else, 401 for nobody in particular. Counts nothing. */
export function requireFeature<F extends string = string, R extends Request = Request>(
  client: ClientFrom<R, F>,
  featureId: F,
  options: FeatureOptions<R>,
): Middleware<R> {
  return guarding(featureGuard(client, featureId, options))
}

/** Counts units before `next` is called; 402 where they are not left. */
export function meter<F extends string = string, R extends Request = Request>(
  client: ClientFrom<R, F>,
  featureId: F,
  options: MeterOptions<R>,
): Middleware<R> {
  return guarding(meterGuard(client, featureId, options))
}

function guarding<R extends Request>(guard: Guard<R>): Middleware<R> {
  return async (request, next) => {
    const passage = await guard(request)
    if (passage.refusal !== undefined) return passage.refusal
    const { entitlement, isOutage, giveBack } = passage
    let response: Response
    try {
      response = await next(entitlement)
    } catch (error) {
      await giveBack()
      throw error
    }
    if (response.status >= 500) await giveBack()
    return isOutage ? marked(response) : response
  }
}

/** The headers of an answer that came from elsewhere cannot be changed: those of a copy can. */
function marked(response: Response): Response {
  const copy = new Response(response.body, response)
  copy.headers.set(OUTAGE_HEADER, 'allowed')
  return copy
}
