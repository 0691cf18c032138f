/** A customer whom tests listen to: on one plan, at one instant, new for each. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, vi } from 'vitest'
import type { CompiledPlan } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { fresh } from './fresh.ts'
import { putCatalogue, putCustomer } from './intent.ts'
import { type Heard, leave, listenTo } from './listener.ts'
import { consumption, holdClock, newCustomerId, objectOf } from './object.ts'
import { catalogue, customer, subscription } from './world.ts'

/** Where the subscription begins, and when it is now. */
export const START = Date.parse('2027-01-31T00:00:00Z')
export const NOW = Date.parse('2027-02-10T12:00:00Z')

/** Opens the world before each test; what it answers is about the customer of the test that runs. */
export function listened(plan: CompiledPlan) {
  let acme: Customer | null = null
  let open: Heard[] = []
  const now = () => {
    if (acme === null) throw new Error('There is a customer within tests alone.')
    return acme
  }
  beforeEach(async () => {
    await fresh()
    holdClock(NOW)
    const subscriptions = [subscription('sub_1', plan.id, START)]
    acme = customer({ id: newCustomerId(), subscriptions })
    await putCatalogue(catalogue([plan]))
    await putCustomer(acme)
  })
  afterEach(async () => {
    await leave(open)
    open = []
    vi.useRealTimers()
  })
  return {
    customer: now,
    /** Whoever listens, the first first. */
    listeners: (): readonly Heard[] => open,
    listen: async (said: Parameters<typeof listenTo>[1] = {}): Promise<Heard> => {
      const heard = await listenTo(now().id, said)
      open.push(heard)
      return heard
    },
    consume: (fields = {}) => objectOf(now().id).consume(consumption(fields)),
    ring: () => runDurableObjectAlarm(objectOf(now().id)),
    alarmAt: () => runInDurableObject(objectOf(now().id), (_, { storage }) => storage.getAlarm()),
  }
}
