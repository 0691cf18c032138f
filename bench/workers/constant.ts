/**
 * The floors of a check: one route of the framework that we use, and a constant for an answer; short, or as long as a
 * check's and with its headers.
 */
import { Hono } from 'hono'

const app = new Hono()

app.get('/v1/access', (c) => c.json({ hasAccess: true }))

// Not by way of the framework's own headers, which would cost more than plain ones.
app.get('/v1/access/long', () => new Response(LONG, { headers: HEADERS }))

const LONG = JSON.stringify({ hasAccess: true, padding: 'x'.repeat(660) })

const HEADERS = {
  'Content-Type': 'application/json',
  'Sluice-Request-Id': '0f8fad5b-d9cb-469f-a165-70867728950e',
  'Server-Timing': 'src;desc="memory"',
  'Cache-Control': 'private, no-store',
}

export default app
