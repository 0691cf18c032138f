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

/** A call that waits for its group. */
interface Waiting {
  readonly count: Count
  readonly answer: (answer: object) => void
}

export class FloorObject extends DurableObject<Bindings> {
  #used = 0
  #waiting: Waiting[] = []

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    ctx.storage.sql.exec(TABLES)
  }

  /** Counts in memory alone. */
  count({ quantity }: Count): object {
    this.#used += quantity
    return { consumed: true, used: this.#used, padding: PADDING }
  }

  /** Writes the rows that a keyed consume writes — lot, ledger, outcome — in a transaction of its own. */
  commit({ featureId, quantity, key }: Count): object {
    const { sql } = this.ctx.storage
    return this.ctx.storage.transactionSync(() => {
      if (sql.exec(FIND, key).toArray().length > 0) return REPLAYED
      const { used } = sql.exec<{ used: number }>(LOT, featureId, quantity).one()
      sql.exec(LEDGER, featureId, quantity)
      return this.#keep(key, used)
    })
  }

  /** The same rows, where those of all calls that arrive together share a transaction: grouping, and nothing else. */
  gather(count: Count): Promise<object> {
    return new Promise((answer) => {
      this.#waiting.push({ count, answer })
      if (this.#waiting.length === 1) setTimeout(() => this.#commitAll(), 0)
    })
  }

  #commitAll(): void {
    const calls = this.#waiting
    this.#waiting = []
    const { sql } = this.ctx.storage
    const answers = this.ctx.storage.transactionSync(() => {
      const fresh = calls.filter(({ count: { key } }) => sql.exec(FIND, key).toArray().length === 0)
      const [first] = fresh
      if (first === undefined) return new Map<Waiting, object>()
      const quantity = fresh.reduce((sum, { count }) => sum + count.quantity, 0)
      const { used } = sql.exec<{ used: number }>(LOT, first.count.featureId, quantity).one()
      sql.exec(LEDGER, first.count.featureId, quantity)
      return new Map(fresh.map((call) => [call, this.#keep(call.count.key, used)]))
    })
    for (const call of calls) call.answer(answers.get(call) ?? REPLAYED)
  }

  #keep(key: string, used: number): object {
    const answer = { consumed: true, used, padding: PADDING }
    this.ctx.storage.sql.exec(KEEP, key, FINGERPRINT, JSON.stringify(answer))
    return answer
  }
}

const app = new Hono<{ Bindings: Bindings }>()

app.get('/v1/access', async (c) => {
  const key = `customer:${c.req.query('customerId')}`
  const value = await c.env.KV.get<object>(key, { type: 'json', cacheTtl: 30 })
  if (value !== null) return c.json({ hasAccess: true })
  await c.env.KV.put(key, SNAPSHOT)
  return c.json({ hasAccess: false })
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

app.post('/gather', async (c) => {
  const body = await c.req.json<Body>()
  const key = c.req.header('Idempotency-Key') ?? ''
  return c.json(await c.env.FLOORS.getByName(body.customerId).gather({ ...body, key }))
})

export default app

/** What the service says of a consumption, and keeps under its key, is about so much longer: 800 bytes altogether. */
const PADDING = 'x'.repeat(750)

/** As long as a customer's snapshot. */
const SNAPSHOT = JSON.stringify({ padding: 'x'.repeat(400) })

const FINGERPRINT = '["consume","api-calls",1,"null"]'

const REPLAYED = { consumed: true, replayed: true }

const FIND = 'SELECT answer FROM outcomes WHERE key = ?'

const KEEP = 'INSERT INTO outcomes (key, fingerprint, answer) VALUES (?, ?, ?)'

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
