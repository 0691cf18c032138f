import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { encodeHead } from '../../schema/head.ts'
import {
  freshnessFrom,
  freshnessStatement,
  type Intent,
  intentFrom,
  intentStatements,
} from '../../schema/intent.ts'
import { fresh } from '../support/fresh.ts'

const HEAD = {
  revision: 7,
  plans: new Map([
    ['free', 1],
    ['pro', 5],
    ['starter', 2],
    ['unused', 3],
  ]),
  features: new Map(),
  defaultPlanId: 'free',
}

beforeEach(async () => {
  await fresh()
  await run(
    "INSERT INTO catalogue (id, revision, default_plan_id, head) VALUES (1, 7, 'free', ?)",
    encodeHead(HEAD),
  )
  for (const [id, revision] of HEAD.plans) {
    await run(
      `INSERT INTO plans (id, name, kind, rank, visibility, trial_days, prices, allowances, metadata, created_at,
        updated_at, revision, document_revision)
       VALUES (?, 'Plan', 'base', 1, 'public', 0, '[]', '{}', '{}', 0, 0, 1, ?)`,
      id,
      revision,
    )
    await run('INSERT INTO documents VALUES (?, ?, ?)', id, revision, `${id}@${revision}`)
    await run('INSERT INTO documents VALUES (?, ?, ?)', id, revision + 100, 'of another revision')
  }
  await run(`INSERT INTO customers (id, metadata, created_at, revision)
    VALUES ('acme', '{}', 1000, 42), ('other', '{}', 1000, 43)`)
})

describe('the intent of a customer', () => {
  test('is its subscriptions and overrides, the head, and the plans that it needs', async () => {
    await subscribe('sub_1', 'acme', { phases: phases('pro', 'starter'), provider_name: 'stripe' })
    await subscribe('sub_2', 'other', { phases: phases('unused') })
    await override('acme', 'sso', '{"enabled":true}')
    await override('other', 'sso', '{"enabled":false}')
    const { customer, head, headText, documents } = await intentOf('acme')
    expect(customer).toEqual({
      id: 'acme',
      revision: 42,
      createdAt: 1000,
      clockAt: null,
      subscriptions: [
        {
          id: 'sub_1',
          startAt: 1000,
          phases: [phase('pro', 1000, 2000), phase('starter', 2000, null)],
          trialEndAt: null,
          endsWithTrial: false,
          grace: null,
          pausedAt: null,
          cancelAt: null,
          cancelAtPeriodEnd: false,
          ended: null,
          billingPeriod: null,
          providerDriven: true,
        },
      ],
      overrides: [
        {
          featureId: 'sso',
          allowance: { enabled: true },
          standalone: false,
          startAt: 0,
          expiresAt: null,
        },
      ],
    })
    expect([head, headText]).toEqual([HEAD, encodeHead(HEAD)])
    expect(Object.fromEntries(documents)).toEqual({
      free: { revision: 1, text: 'free@1' },
      pro: { revision: 5, text: 'pro@5' },
      starter: { revision: 2, text: 'starter@2' },
    })
  })

  test('reads every dated fact of a subscription', async () => {
    await subscribe('sub_1', 'acme', {
      trial_end_at: 1,
      ends_with_trial: 1,
      grace_started_at: 2,
      grace_ends_at: 3,
      paused_at: 4,
      cancel_at: 5,
      cancel_at_period_end: 1,
      ended_at: 6,
      ended_because: 'refunded',
      period_start_at: 7,
      period_end_at: 8,
    })
    expect((await intentOf('acme')).customer.subscriptions).toMatchObject([
      {
        trialEndAt: 1,
        endsWithTrial: true,
        grace: { startedAt: 2, endsAt: 3 },
        pausedAt: 4,
        cancelAt: 5,
        cancelAtPeriodEnd: true,
        ended: { at: 6, because: 'refunded' },
        billingPeriod: { startAt: 7, endAt: 8 },
        providerDriven: false,
      },
    ])
  })

  test('lists of those that are over for good only the last', async () => {
    await subscribe('sub_refunded', 'acme', {
      ended_at: 20,
      ended_because: 'refunded',
      status: 'ended',
    })
    await subscribe('sub_last', 'acme', { cancel_at: 30, status: 'ended' })
    await subscribe('sub_canceled', 'acme', {
      ended_at: 25,
      ended_because: 'canceled',
      status: 'ended',
    })
    await subscribe('sub_grace_over', 'acme', {
      grace_started_at: 1,
      grace_ends_at: 2,
      status: 'ended',
    })
    await subscribe('sub_leaving', 'acme', { cancel_at: 900, status: 'active' })
    await subscribe('sub_scheduled', 'acme', { start_at: 5000, status: 'scheduled' })
    const ids = (await intentOf('acme')).customer.subscriptions.map(({ id }) => id)
    expect(ids.toSorted()).toEqual(['sub_grace_over', 'sub_last', 'sub_leaving', 'sub_scheduled'])
  })

  test.each([
    ['after the last', 31, ['sub_last']],
    ['at an end', 25, ['sub_canceled', 'sub_last']],
    ['before the first', 20, ['sub_canceled', 'sub_last', 'sub_refunded']],
  ])('lists also what ended since a copy was advanced: %s', async (_, since, listed) => {
    await subscribe('sub_refunded', 'acme', {
      phases: phases('starter'),
      ended_at: 20,
      ended_because: 'refunded',
      status: 'ended',
    })
    await subscribe('sub_canceled', 'acme', {
      ended_at: 25,
      ended_because: 'canceled',
      status: 'ended',
    })
    await subscribe('sub_last', 'acme', { cancel_at: 30, status: 'ended' })
    const { customer, documents } = await intentOf('acme', since)
    expect(customer.subscriptions.map(({ id }) => id).toSorted()).toEqual(listed)
    expect(documents.has('starter')).toBe(since === 20)
  })

  test('without a catalogue has an empty head and no plans', async () => {
    await run('DELETE FROM catalogue')
    const { head, documents } = await intentOf('acme')
    expect([head.revision, head.plans.size, documents.size]).toEqual([0, 0, 0])
  })

  test('of somebody unknown is unknown', async () => {
    expect(intentFrom(await resultsOf('nobody'))).toBe('unknown_customer')
  })

  test.each([
    "UPDATE overrides SET allowance = '{'",
    `UPDATE overrides SET allowance = '{"limit":-1}'`,
    "UPDATE subscriptions SET phases = '{}'",
    `UPDATE subscriptions SET phases = '[{"planId":5}]'`,
    "UPDATE subscriptions SET ended_because = 'forgotten', ended_at = 5",
    "UPDATE catalogue SET head = 'broken'",
  ])('that no writer of ours can have written is a defect: %s', async (damage) => {
    await subscribe('sub_1', 'acme', {})
    await override('acme', 'sso', '{"enabled":true}')
    await run(damage)
    await expect(intentOf('acme')).rejects.toThrow(Error)
  })
})

describe('freshness', () => {
  const freshnessOf = async (id: string) =>
    freshnessFrom(await freshnessStatement(env.DB, id).run())

  test('is the newest revision of customer and catalogue', async () => {
    expect(await freshnessOf('acme')).toEqual({
      revision: 42,
      catalogueRevision: 7,
      archived: false,
    })
    expect(await freshnessOf('nobody')).toEqual({
      revision: null,
      catalogueRevision: 7,
      archived: false,
    })
  })

  test('of a catalogue that nobody has edited is 0', async () => {
    await run('DELETE FROM catalogue')
    expect(await freshnessOf('acme')).toMatchObject({ catalogueRevision: 0 })
    await run("UPDATE customers SET archived_at = 5 WHERE id = 'acme'")
    expect(await freshnessOf('acme')).toEqual({
      revision: 42,
      catalogueRevision: 0,
      archived: true,
    })
    expect((await intentOf('acme')).archived).toBe(true)
  })
})

async function intentOf(customerId: string, since: number | null = null): Promise<Intent> {
  const intent = intentFrom(await resultsOf(customerId, since))
  if (intent === 'unknown_customer') throw new Error(`There is no customer ${customerId}.`)
  return intent
}

function resultsOf(customerId: string, since: number | null = null): Promise<D1Result[]> {
  return env.DB.batch(intentStatements(env.DB, customerId, since))
}

async function run(sql: string, ...values: unknown[]): Promise<void> {
  await env.DB.prepare(sql)
    .bind(...values)
    .run()
}

function phase(planId: string, from: number, until: number | null) {
  return { planId, chargePeriod: 'monthly', quantity: 1, from, until, atPeriodEnd: false }
}

function phases(first: string, second?: string): string {
  if (second === undefined) return JSON.stringify([phase(first, 1000, null)])
  return JSON.stringify([phase(first, 1000, 2000), phase(second, 2000, null)])
}

async function subscribe(id: string, customerId: string, facts: Record<string, string | number>) {
  const row = {
    id,
    customer_id: customerId,
    plan_id: 'pro',
    status: 'active',
    start_at: 1000,
    phases: phases('pro'),
    ends_with_trial: 0,
    cancel_at_period_end: 0,
    metadata: '{}',
    created_at: 0,
    revision: 1,
    ...facts,
  }
  const columns = Object.keys(row)
  const sql = `INSERT INTO subscriptions (${columns.join()}) VALUES (${columns.map(() => '?').join()})`
  await run(sql, ...Object.values(row))
}

function override(customerId: string, featureId: string, allowance: string): Promise<void> {
  const sql = `INSERT INTO overrides (customer_id, feature_id, allowance, standalone, start_at, created_at, created_by)
    VALUES (?, ?, ?, 0, 0, 0, 'key:a')`
  return run(sql, customerId, featureId, allowance)
}
