/** The service in an isolate that never met the customer: every check reads the snapshot from KV. */
import service from '../../worker/index.ts'
import { forgetCustomerOf } from './forget.ts'

export { CustomerObject } from '../../durable-objects/customer-object.ts'

export default {
  fetch: (request, env, ctx) => {
    forgetCustomerOf(request)
    return service.fetch(request, env, ctx)
  },
} satisfies ExportedHandler<Env>
