/** What Cloudflare runs: HTTP, calls from other Workers, cron and the customer objects. */
import { app } from './app.ts'
import { portsFrom } from './ports.ts'

export { CustomerObject } from '../durable-objects/customer-object.ts'
export { Sluice } from './rpc.ts'
export { Messenger } from './webhooks/messenger.ts'

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: async (_controller, env) => {
    const { tick } = await import('./tick.ts')
    await tick(portsFrom(env), env.ENVIRONMENT)
  },
} satisfies ExportedHandler<Env>
