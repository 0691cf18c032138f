/** A Worker of yours that asks Sluice over service bindings: by its methods, and by the SDK. */
import { Sluice, type SluiceCalls } from '@sluice/sdk'
import { meter, requireFeature } from '@sluice/sdk/hono'
import { type Context, Hono } from 'hono'

interface Bindings {
  readonly SLUICE: SluiceCalls
  readonly SLUICE_HTTP: { fetch(url: string, init: RequestInit): Promise<Response> }
  readonly SLUICE_KEY: string
}

type App = { Bindings: Bindings }

const app = new Hono<App>()

/** By the methods of the binding: no key, no HTTP. What could not be asked is a value, too. */
app.get('/analytics', async (c) => {
  const customerId = customerOf(c)
  if (customerId === null) return c.text('Sign in.', 401)
  const asked = await c.env.SLUICE.hasAccess({ customerId, featureId: 'advanced-analytics' })
  if (asked.problem) return c.text('Try again soon.', 503)
  if (!asked.hasAccess) return c.json({ reason: asked.reason, hint: asked.hint }, 402)
  return c.json({ visitors: 1_204 })
})

app.post('/orders/:id', async (c) => {
  const customerId = customerOf(c)
  if (customerId === null) return c.text('Sign in.', 401)
  // The order's id makes it count once, however often the request is sent.
  const idempotencyKey = `order-${c.req.param('id')}`
  const used = await c.env.SLUICE.consume({ customerId, featureId: 'api-calls', idempotencyKey })
  if (used.problem) return c.text('Try again soon.', 503)
  if (!used.consumed) return c.json({ reason: used.entitlement.reason }, 402)
  return c.json({ left: used.entitlement.balance })
})

/** By the SDK's guards: what is refused is answered before the handler is called. */
app.get('/sign-on', requireFeature(sluiceOf, 'sso', { customer: customerOf }), (c) =>
  c.json({ metadata: 'https://idp.example/saml' }),
)

app.post(
  '/search',
  meter(sluiceOf, 'api-calls', { customer: customerOf, giveBackOnError: true }),
  (c) => c.json({ found: [], left: c.var.entitlement?.balance }),
)

export default app

/** Whose request it is. Put your own authentication here: a header can be claimed by anybody. */
function customerOf(c: Context<App>): string | null {
  return c.req.header('X-Customer-Id') ?? null
}

const clients = new WeakMap<Bindings, Sluice>()

/** One client for an isolate, so that it remembers what it has changed. */
function sluiceOf(c: Context<App>): Sluice {
  const known = clients.get(c.env)
  if (known !== undefined) return known
  const { SLUICE_HTTP, SLUICE_KEY } = c.env
  const client = new Sluice({
    url: 'https://sluice.internal',
    key: SLUICE_KEY,
    fetch: (url, init) => SLUICE_HTTP.fetch(url, init),
  })
  clients.set(c.env, client)
  return client
}
