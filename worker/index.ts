/** What Cloudflare runs: HTTP, cron and the customer objects. */
import { app } from './app.ts'
import { portsFrom } from './ports.ts'

export { CustomerObject } from '../durable-objects/customer-object.ts'

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: async (_controller, env) => (await import('./tick.ts')).tick(portsFrom(env)),
} satisfies ExportedHandler<Env>
