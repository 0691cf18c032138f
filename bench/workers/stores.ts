/**
 * The floors of everything that asks a store: what any Worker pays that reads one value from KV, calls one
 * object, or has that object commit once for each call.
 */
import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'

interface Bindings {
  readonly KV: KVNamespace
  readonly FLOORS: DurableObjectNamespace<FloorObject>
}

interface Body {
  readonly customerId: string
  readonly featureId: string
  readonly quantity: number
}

interface Count extends Body {
  readonly key: string
}

export class FloorObject extends DurableObject<Bindings> {
  #used = 0

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    ctx.storage.sql.exec(TABLES)
  }

  /** Counts in memory alone. */
  count({ quantity }: Count): object {
    this.#used += quantity
    return { consumed: true, used: this.#used }
  }

  /** Writes the rows that a keyed consume writes — lot, ledger, outcome — in a transaction of its own. */
  commit({ featureId, quantity, key }: Count): object {
    const { sql } = this.ctx.storage
    return this.ctx.storage.transactionSync(() => {
      const [known] = sql.exec('SELECT answer FROM outcomes WHERE key = ?', key).toArray()
      if (known !== undefined) return { consumed: true, replayed: known['answer'] ?? null }
      const lot = sql.exec<{ used: number }>(LOT, featureId, quantity).one()
      sql.exec(LEDGER, featureId, quantity)
      const answer = JSON.stringify({ consumed: true, quantity, ...lot, padding: PADDING })
      sql.exec('INSERT INTO outcomes (key, fingerprint, answer) VALUES (?, ?, ?)', key, key, answer)
      return { consumed: true, ...lot }
    })
  }
}

const app = new Hono<{ Bindings: Bindings }>()

app.get('/v1/access', async (c) => {
  const value = await c.env.KV.get<object>(`customer:${c.req.query('customerId')}`, {
    type: 'json',
    cacheTtl: 30,
  })
  return c.json({ hasAccess: value !== null })
})

app.post('/count', async (c) => {
  const body = await c.req.json<Body>()
  const key = c.req.header('Idempotency-Key') ?? ''
  return c.json(await c.env.FLOORS.getByName(body.customerId).count({ ...body, key }))
})

app.post('/commit', async (c) => {
  const body = await c.req.json<Body>()
  const key = c.req.header('Idempotency-Key') ?? ''
  return c.json(await c.env.FLOORS.getByName(body.customerId).commit({ ...body, key }))
})

export default app

/** What is kept under a key is about so much longer than what is said here. */
const PADDING = 'x'.repeat(400)

const TABLES = `
  CREATE TABLE IF NOT EXISTS lots (feature_id TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ledger (
    feature_id TEXT PRIMARY KEY, quantity INTEGER NOT NULL, count INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outcomes (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;`

const LOT = `INSERT INTO lots (feature_id, used) VALUES (?, ?)
  ON CONFLICT (feature_id) DO UPDATE SET used = used + excluded.used RETURNING used`

const LEDGER = `INSERT INTO ledger (feature_id, quantity, count) VALUES (?, ?, 1)
  ON CONFLICT (feature_id) DO UPDATE SET quantity = quantity + excluded.quantity, count = count + 1`
