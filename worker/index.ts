/** What Cloudflare runs: HTTP, cron and the customer objects. */
import { app } from './app.ts'
import { tick } from './tick.ts'

export { CustomerObject } from '../durable-objects/customer-object.ts'

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: (_controller, env) => tick(env),
} satisfies ExportedHandler<Env>
