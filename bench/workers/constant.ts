/** The floor of a check: one route of the framework that we use, and a constant for an answer. */
import { Hono } from 'hono'

const app = new Hono()

app.get('/v1/access', (c) => c.json({ hasAccess: true }))

export default app
