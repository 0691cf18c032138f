import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { fresh } from '../support/fresh.ts'
import { costOf } from '../support/growth.ts'
import { type Manager, manager, openTiers } from '../support/manager.ts'
import {
  type Answering,
  happen,
  idsOf,
  listen,
  openWorld,
  owed,
  refuse,
  type World,
} from '../support/receivers.ts'

const QUERIES_MAX = 500
const MESSAGES = 15
const ADDRESSES = Array.from({ length: 30 }, (_, n) => `http://receiver-${n}.test/`)

let api: Manager
let world: World

beforeEach(async () => {
  await fresh()
  api = await manager()
  world = openWorld(Date.now())
})

/** How many queries one tick of this world takes. */
async function queriesOfTick(): Promise<number> {
  const { queries } = await costOf(api, (_, bindings) => {
    const { db, kv } = portsFrom({ ...env, ...bindings })
    return tick({ ...world.ports, db, kv }, 'local')
  })
  return queries
}

/** Thirty endpoints, each of which has failed for an hour and is owed some messages. */
async function openBacklog(): Promise<void> {
  for (const url of ADDRESSES) await listen(api, url)
  await env.DB.prepare('UPDATE webhooks SET failing_since = ?')
    .bind(world.now() - 3_600_000)
    .run()
  await happen(
    world,
    Array.from({ length: MESSAGES }, () => 'usage.reset' as const),
  )
}

describe('the queries of a tick', () => {
  test('are enough for what it has begun, and nothing is sent twice for want of them', async () => {
    await openBacklog()
    for (let ticks = 0; ticks < 5; ticks++) {
      expect(await queriesOfTick()).toBeLessThanOrEqual(QUERIES_MAX)
      world.pass(60_000)
    }
    expect(await owed()).toBe(0)
    for (const url of ADDRESSES) {
      const ids = idsOf(world.at(url))
      expect(ids).toHaveLength(MESSAGES)
      expect(new Set(ids).size).toBe(MESSAGES)
    }
  })

  test.each<[string, Answering]>([
    ['fail', refuse(500)],
    ['are gone', refuse(410)],
  ])('are not used up by endpoints that %s', async (_, how) => {
    await openBacklog()
    for (const url of ADDRESSES) world.answer(url, how)
    expect(await queriesOfTick()).toBeLessThanOrEqual(QUERIES_MAX)
    expect(world.received.length).toBeGreaterThan(0)
    expect(await unnoted()).toBe(0)
  })

  test('are not used up by customers of whom much is to be told, before messages are sent', async () => {
    await openTiers(api)
    await listen(api, 'http://here.test/', ['usage.*'])
    await env.DB.batch([env.DB.prepare(CUSTOMERS), env.DB.prepare(ENDING)])
    const types = Array.from({ length: 60 }, () => 'usage.reset' as const)
    await happen(world, types)
    expect(await queriesOfTick()).toBeLessThanOrEqual(QUERIES_MAX)
    expect(world.at('http://here.test/')).toHaveLength(types.length)
    const due = 'SELECT count(*) AS n FROM customers WHERE next_due <= ?'
    const left = () => env.DB.prepare(due).bind(world.now()).first<number>('n')
    const before = await left()
    expect(before).toBeGreaterThan(0)
    await queriesOfTick()
    expect(await left()).toBeLessThan(before ?? 0)
  }, 120_000)
})

/** How many messages somebody has begun to send and has not noted. */
const unnoted = () =>
  env.DB.prepare(
    `SELECT count(*) AS n FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_id
     WHERE tries > (SELECT count(*) FROM webhook_attempts AS done
       WHERE done.webhook_id = webhooks.id AND done.event_id = (SELECT id FROM events WHERE n = event_n))`,
  ).first('n')

/** Nobody has asked about any of them. */
const CUSTOMERS = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
  INSERT INTO customers (id, metadata, created_at, revision, next_due) SELECT 'co-' || i, '{}', i, 1, 1 FROM n`

/** Each ends with its trial, which nobody has told of yet. */
const ENDING = `INSERT INTO subscriptions (id, customer_id, plan_id, status, start_at, trial_end_at, phases,
    ends_with_trial, cancel_at_period_end, metadata, created_at, revision, listed_at)
  SELECT 'sub_' || id, id, 'starter', 'trialing', 0, 10000, json_array(json_object('planId', 'starter',
    'chargePeriod', NULL, 'quantity', 1, 'from', 0, 'until', NULL, 'atPeriodEnd', json('false'))), 1, 0, '{}', 0, 1,
    created_at FROM customers WHERE id LIKE 'co-%'`
