import type { ObjectPorts } from '../../durable-objects/ports.ts'

/**
 * How tests make the customer object's surroundings fail.
 *
 * Objects run in the isolate of the tests, so that a test replaces `object` and the very next call of any
 * customer object sees the wrapped ports. `clear()` in `beforeEach` puts the real ones back.
 */
export const hostile = {
  /** Wraps the real ports of the object that serves `customerId`; the identity when nothing is to fail. */
  object: (ports: ObjectPorts): ObjectPorts => ports,
  /** Whether objects wake up by themselves. A false one takes an alarm for heard. */
  hasAlarms: true,
  clear(): void {
    hostile.object = (ports) => ports
    hostile.hasAlarms = true
  },
}
