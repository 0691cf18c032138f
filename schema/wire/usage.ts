/** Using meters: consume, report, reset. */
import * as z from 'zod/mini'
import { entitlement } from './access.ts'
import { body, catalogueId, customerId, flag, idempotencyKey, instant } from './field.ts'
import { metadata, prose, quantity, textOf } from './field.ts'
import { outcomesOf } from './outcome.ts'

const VALUE = { error: 'a whole number from -9007199254740991 to 9007199254740991' }
const SET_VALUE = { error: 'a whole number from 0 to 9007199254740991, since it is a reading' }
const ITEMS = { error: 'a list of at most 500 items' }
const BEHAVIOUR = { error: '"delta", "set"' }

const meter = { customerId, featureId: catalogueId } as const

/** `delta` adds to the reading, `set` replaces it; capitals are welcome. */
const behaviour = z.pipe(
  textOf(/^(delta|set)$/i, BEHAVIOUR),
  z.transform((text) => (text.toLowerCase() === 'set' ? ('set' as const) : ('delta' as const))),
)

const CONSUMPTION = {
  ...meter,
  quantity: z._default(quantity, 1),
  metadata: z.exactOptional(metadata),
} as const

const REPORT = {
  ...meter,
  behaviour,
  /** May be negative for a `delta`: units are given back, never below 0. */
  value: z.int(VALUE),
  occurredAt: z.exactOptional(instant),
  enforce: z._default(flag, false),
  metadata: z.exactOptional(metadata),
} as const

const KEYED = { idempotencyKey: z.exactOptional(idempotencyKey) } as const

/** What `set` says is a reading. */
const isReading = (each: { readonly behaviour: 'delta' | 'set'; readonly value: number }) =>
  each.behaviour === 'delta' || each.value >= 0
const READING = { ...SET_VALUE, path: ['value'] }

const consumption = body(CONSUMPTION)
const report = body(REPORT).check(z.refine(isReading, READING))

export type Consumption = z.infer<typeof consumption>
export type Report = z.infer<typeof report>

const CONSISTENT = { consistencyToken: z.string() } as const

/** How far a refusal was checked. */
const CONFIRMED = { confirmed: z.enum(['object', 'source']) } as const

const consumed = z.object({
  consumed: z.boolean(),
  quantity: z.int(),
  entitlement,
  ...CONFIRMED,
  ...CONSISTENT,
})

const recorded = z.object({
  recorded: z.boolean(),
  applied: z.int(),
  clamped: z.boolean(),
  late: z.boolean(),
  entitlement,
  ...CONFIRMED,
  ...CONSISTENT,
})

/** Items of at most 100 customers, each with its own effect and its own key. */
function batchOf<T extends z.ZodMiniType>(item: T) {
  return body({ items: z.array(item, ITEMS).check(z.maxLength(500, ITEMS)) })
}

export const consume = { body: consumption, answer: consumed }
export const reportUsage = { body: report, answer: recorded }
export const consumeBatch = {
  body: batchOf(body({ ...CONSUMPTION, ...KEYED })),
  answer: outcomesOf(consumed),
}
export const reportUsageBatch = {
  body: batchOf(body({ ...REPORT, ...KEYED }).check(z.refine(isReading, READING))),
  answer: outcomesOf(recorded),
}
export const resetUsage = {
  params: body(meter),
  body: z.prefault(body({ reason: z.exactOptional(z.nullable(prose(512))) }), {}),
  answer: z.object({ entitlement, ...CONSISTENT }),
}
