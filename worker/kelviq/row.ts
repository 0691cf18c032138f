/** What a call of Kelviq's API is, and how it asks our own operations. */
import type { Result } from '../../entitlements/result.ts'
import type { Scope } from '../../schema/keys.ts'
import type { Failure } from '../failures.ts'
import { type Asked, perform } from '../operation.ts'
import type { Spoken } from '../protocols.ts'
import type { Call, Method, Principal } from '../route.ts'

/** One call that is known here. */
export interface Row {
  readonly method: Method
  /**
   * Below `/api/v1`, without the slash at its end, which callers may send or leave out. `:name` is one step of the path,
   * `:name+` all that is left of it: ids of customers may have slashes, and Kelviq's SDK does not encode them.
   */
  readonly path: string
  /** What the key of a caller must be allowed to do, before anything else is looked at. */
  readonly scope: Scope
  /** Whether a customer's token may ask it too, of its own customer; only keys where absent. */
  readonly token?: true
  /** What Kelviq calls the fields of our operations, where it is not the same. */
  readonly names?: ReadonlyMap<string, string>
  readonly handle: (said: Said) => Promise<Result<Reply, Failure>>
}

/** What a caller said, read but not yet understood. */
export interface Said {
  readonly spoken: Spoken
  readonly principal: Principal
  /** What the caller's consistency token asks for, where it sends one. */
  readonly atLeast: Call['atLeast']
  readonly params: ReadonlyMap<string, string>
  /** Their names are snake_case; what nobody asks for is ignored. */
  readonly query: URLSearchParams
  /** Its names are camelCase, however they were sent. Empty where none was sent. */
  readonly body: Body
}

export type Body = Readonly<Record<string, unknown>>

export interface Reply {
  /** 200 where absent. */
  readonly status?: number
  /** Null: nothing, as 204 wants it. */
  readonly body: object | null
}

/** A question to one of our own operations, in the name of whoever called. */
export interface Question extends Omit<Asked, 'principal' | 'atLeast'> {
  /** The tag that the resource must still have, or `NOTHING_YET`. */
  readonly ifMatch?: string | null
}

/** What one of our operations answers: `B` is what its row in the route table documents. */
export async function ask<B extends object>(
  { spoken, principal, atLeast }: Pick<Said, 'spoken' | 'principal' | 'atLeast'>,
  { ifMatch = null, ...asked }: Question,
): Promise<Result<B, Failure>> {
  const outcome = await perform({ ...spoken, ifMatch }, { atLeast, ...asked, principal })
  if (!outcome.ok) return outcome
  const { value } = outcome
  if (value instanceof Response || 'pieces' in value) {
    throw new Error(`${asked.operationId} does not answer with a body.`)
  }
  return { ok: true, value: value.body as B }
}

/** The fields that say something: what was not sent is not there. */
export function stated(fields: Body): Body {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** A step of the path; rows name those that they read. */
export function param({ params }: Pick<Said, 'params'>, name: string): string {
  return params.get(name) ?? ''
}
