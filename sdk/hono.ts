/** Guards as Hono's middleware. docs/middleware.md shows how. */
import type { Context, MiddlewareHandler } from 'hono'
import type { Entitlement } from '../schema/calls.ts'
import type { Client } from './contract.ts'
import {
  type ClientFrom,
  featureGuard,
  type FeatureOptions,
  type Guard,
  meterGuard,
  type MeterOptions,
} from './middleware/guard.ts'
import { OUTAGE_HEADER } from './middleware/refusal.ts'

/** What handlers behind a guard find: `c.var.entitlement`, `c.var.sluice`. */
export interface SluiceVariables<F extends string = string> {
  /** What the customer has of the feature of the last guard; null where nobody could say. */
  entitlement: Entitlement | null
  /** The client of the guard, for what else the handler wants to know. */
  sluice: Client<F>
}

/** What a guard adds to an application's environment. */
export interface Guarded<F extends string = string> {
  Variables: SluiceVariables<F>
}

/** Lets through who may use the feature; 402 for everybody else, 401 for nobody in particular. Counts nothing. */
export function requireFeature<F extends string = string>(
  client: ClientFrom<Context, F>,
  featureId: F,
  options: FeatureOptions<Context>,
): MiddlewareHandler<Guarded<F>> {
  return guarding(client, featureGuard(client, featureId, options))
}

/** Counts units before the handler runs; 402 where they are not left. */
export function meter<F extends string = string>(
  client: ClientFrom<Context, F>,
  featureId: F,
  options: MeterOptions<Context>,
): MiddlewareHandler<Guarded<F>> {
  return guarding(client, meterGuard(client, featureId, options))
}

function guarding<F extends string>(
  client: ClientFrom<Context, F>,
  guard: Guard<Context>,
): MiddlewareHandler<Guarded<F>> {
  return async function sluice(c, next) {
    const passage = await guard(c)
    if (passage.refusal !== undefined) return passage.refusal
    c.set('entitlement', passage.entitlement)
    c.set('sluice', typeof client === 'function' ? client(c) : client)
    await next()
    if (c.error !== undefined || c.res.status >= 500) await passage.giveBack()
    if (passage.isOutage) c.header(OUTAGE_HEADER, 'allowed')
    return undefined
  }
}
