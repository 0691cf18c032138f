/** Asks one of our own operations in the name of a caller, for who speaks another protocol. */
import { err } from '../entitlements/result.ts'
import { refusalOf } from './authenticate.ts'
import { NO_FLOOR } from './isolate.ts'
import type { Bare } from './protocols.ts'
import {
  type Call,
  isIn,
  type Outcome,
  type Principal,
  type RawInputs,
  type Route,
} from './route.ts'
import { ROUTES } from './routes.ts'

/** What a caller asks, with what its protocol can say beside it. */
export interface Asked extends Partial<RawInputs> {
  readonly operationId: string
  readonly principal: Principal
  readonly idempotencyKey?: string | null
  /** The oldest state that may answer; any where absent. */
  readonly atLeast?: Call['atLeast']
}

/**
 * The outcome of an operation, validated by its row's schemas and refused where its row refuses the caller; a
 * body is what JSON makes of it, parameters are texts, as in a URL.
 */
export async function perform(bare: Bare, asked: Asked): Promise<Outcome> {
  const { operationId, principal, idempotencyKey = null, params = {}, query = {}, body } = asked
  const row = rowOf(operationId)
  if (!isIn(bare.environment, row)) {
    return err({ code: 'route_not_found', method: row.method, path: row.path })
  }
  const refusal = refusalOf(principal, row)
  if (refusal !== null) return err(refusal)
  const { atLeast = () => NO_FLOOR } = asked
  const call = { ...bare, principal, idempotencyKey, atLeast }
  return row.serve(call, { params, query, body })
}

function rowOf(operationId: string): Route {
  const row = BY_ID.get(operationId)
  if (row === undefined) throw new Error(`There is no operation ${operationId}.`)
  return row
}

const BY_ID = new Map(ROUTES.map((row) => [row.operationId, row]))
