/** The Worker under test: all of `worker/index.ts`, with a customer object whose ports tests can wrap. */
import { CustomerObject as Production } from '../../durable-objects/customer-object.ts'
import type { ObjectPorts } from '../../durable-objects/ports.ts'
import { hostile } from './hostile.ts'

export * from '../../worker/index.ts'
export { default } from '../../worker/index.ts'

export class CustomerObject extends Production {
  protected override ports(env: Env): ObjectPorts {
    return hostile.object(super.ports(env))
  }

  override async alarm(): Promise<void> {
    if (hostile.hasAlarms) await super.alarm()
  }
}
