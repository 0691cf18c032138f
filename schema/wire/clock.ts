/** A customer's test clock on the wire, one export a route. */
import * as z from 'zod/mini'
import { customer } from './customer.ts'
import { body, CHANGED, customerId, instant, instantText, integer } from './field.ts'
import { subscription } from './subscription.ts'

/** How far a clock may be ahead of real time. */
export const CLOCK_AHEAD_DAYS = 3653

const MOVE = { error: 'either {"now": an instant} or {"advanceSeconds": a whole number}' }

const move = body({
  now: z.exactOptional(instant),
  advanceSeconds: z.exactOptional(integer(0, CLOCK_AHEAD_DAYS * 86_400)),
}).check(
  z.refine(
    ({ now, advanceSeconds }) => (now === undefined) !== (advanceSeconds === undefined),
    MOVE,
  ),
)

export type ClockMove = z.infer<typeof move>

const params = body({ customerId })

/** What time it is for a customer. */
const clock = z.object({
  customerId,
  /** Null: real time goes for it. */
  clockAt: z.nullable(instantText),
  now: instantText,
})

/** The customer as it is at the time that goes for it now, with those of its subscriptions that time can change. */
const moved = z.extend(customer, {
  ...clock.shape,
  subscriptions: z.array(subscription),
  ...CHANGED,
})

export const putClock = { params, body: move, answer: moved }
export const deleteClock = { params, answer: moved }
export const getClock = { params, answer: clock }
