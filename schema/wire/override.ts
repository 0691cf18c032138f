/** Overrides on the wire, one export a route. */
import * as z from 'zod/mini'
import { allowancePatch } from './allowance.ts'
import { body, catalogueId, CHANGED, customerId, flag, instant, instantText } from './field.ts'
import { PAGE_QUERY, pageOf, prose } from './field.ts'

/** What one customer is given instead of what its plan says. */
export const overrideInput = body({
  allowance: allowancePatch,
  standalone: z._default(flag, false),
  /** Now where left out. */
  startAt: z.exactOptional(instant),
  /** Until it is reverted where null or left out. */
  expiresAt: z.exactOptional(z.nullable(instant)),
  reason: z.exactOptional(z.nullable(prose(512))),
})

/** An override in an answer. */
export const override = z.object({
  customerId,
  featureId: catalogueId,
  allowance: allowancePatch,
  standalone: z.boolean(),
  reason: z.nullable(z.string()),
  startAt: instantText,
  expiresAt: z.nullable(instantText),
  createdAt: instantText,
  createdBy: z.string(),
})

export type OverrideInput = z.infer<typeof overrideInput>
export type OverrideAnswer = z.infer<typeof override>

const params = body({ customerId, featureId: catalogueId })
const changed = z.extend(override, { revision: z.int(), ...CHANGED })

export const listOverrides = {
  params: body({ customerId }),
  query: body(PAGE_QUERY),
  answer: pageOf(override),
}
export const putOverride = { params, body: overrideInput, answer: changed }
export const deleteOverride = { params, answer: changed }
