/** What an operator sets for the whole deployment, over HTTP. */
import { ok } from '../../entitlements/result.ts'
import type { OriginsInput } from '../../schema/wire/settings.ts'
import * as origins from '../change/origins.ts'
import type { Handler } from '../route.ts'
import { tagOf } from '../tag.ts'

export const getOrigins: Handler = async (call) => {
  const set = await origins.readOrigins(call)
  return ok({ body: set, etag: tagOf(set.revision) })
}

export const putOrigins: Handler<unknown, unknown, OriginsInput> = (call) =>
  origins.putOrigins(call, call.body.origins)
