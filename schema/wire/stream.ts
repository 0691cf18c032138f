/** Listening: who is told of every change as it happens, and what is said. */
import * as z from 'zod/mini'
import { entitlement } from './access.ts'
import { body, customerId, instant, instantText, integerParameter } from './field.ts'

const counter = integerParameter(0, Number.MAX_SAFE_INTEGER)

/** `version`, `revision` and `asOf` of the last message that was heard: together, so that nothing is said twice. */
const heard = body({
  version: z.exactOptional(counter),
  revision: z.exactOptional(counter),
  asOf: z.exactOptional(instant),
}).check(
  z.refine(
    ({ version, revision, asOf }) => new Set([version, revision, asOf].map(isStated)).size === 1,
    { error: 'version, revision and asOf of the same message, or none of them' },
  ),
)

export type Heard = z.infer<typeof heard>

export const streamEntitlements = {
  params: body({ customerId }),
  query: heard,
}

/** One message, as text: `entitlements` are all that there are where `complete` says so, else those that have changed. */
export const streamMessage = z.object({
  version: z.int(),
  /** Of the catalogue. */
  revision: z.int(),
  asOf: instantText,
  complete: z.boolean(),
  entitlements: z.array(entitlement),
})

function isStated(value: unknown): boolean {
  return value !== undefined
}
