/** Using meters: consume, report, reset. */
import * as z from 'zod'
import { entitlement } from './access.ts'
import { body, catalogueId, customerId, flag, instant, metadata, prose, quantity } from './field.ts'

const VALUE = { error: 'a whole number from -9007199254740991 to 9007199254740991' }
const SET_VALUE = { error: 'a whole number from 0 to 9007199254740991, since it is a reading' }
const BEHAVIOUR = { error: '"delta", "set"' }

const meter = { customerId, featureId: catalogueId } as const

/** `delta` adds to the reading, `set` replaces it; capitals are welcome. */
const behaviour = z
  .string(BEHAVIOUR)
  .regex(/^(delta|set)$/i, BEHAVIOUR)
  .transform((text) => (text.toLowerCase() === 'set' ? ('set' as const) : ('delta' as const)))

const consumption = body({
  ...meter,
  quantity: quantity.default(1),
  metadata: metadata.exactOptional(),
})

const report = body({
  ...meter,
  behaviour,
  /** May be negative for a `delta`: units are given back, never below 0. */
  value: z.int(VALUE),
  occurredAt: instant.exactOptional(),
  enforce: flag.default(false),
  metadata: metadata.exactOptional(),
}).refine((each) => each.behaviour === 'delta' || each.value >= 0, {
  ...SET_VALUE,
  path: ['value'],
})

export type Consumption = z.infer<typeof consumption>
export type Report = z.infer<typeof report>

const CONSISTENT = { consistencyToken: z.string() } as const

export const consume = {
  body: consumption,
  answer: z.object({ consumed: z.boolean(), quantity: z.int(), entitlement, ...CONSISTENT }),
}
export const reportUsage = {
  body: report,
  answer: z.object({
    recorded: z.boolean(),
    applied: z.int(),
    clamped: z.boolean(),
    late: z.boolean(),
    entitlement,
    ...CONSISTENT,
  }),
}
export const resetUsage = {
  params: body(meter),
  body: body({ reason: prose(512).nullable().exactOptional() }).prefault({}),
  answer: z.object({ entitlement, ...CONSISTENT }),
}
