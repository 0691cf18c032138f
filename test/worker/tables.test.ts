import { env } from 'cloudflare:workers'
import { getTableColumns } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { beforeAll, describe, expect, test } from 'vitest'
import * as catalogueTables from '../../schema/tables/catalogue.ts'
import * as changeTables from '../../schema/tables/changes.ts'
import * as customerTables from '../../schema/tables/customers.ts'
import * as keyTables from '../../schema/tables/keys.ts'
import * as sessionTables from '../../schema/tables/sessions.ts'
import * as settingsTables from '../../schema/tables/settings.ts'
import * as webhookTables from '../../schema/tables/webhooks.ts'
import { fresh } from '../support/fresh.ts'

beforeAll(fresh)

const TABLES = [
  catalogueTables.catalogue,
  catalogueTables.documents,
  catalogueTables.features,
  catalogueTables.plans,
  changeTables.changes,
  changeTables.events,
  changeTables.idempotency,
  customerTables.customers,
  customerTables.overrides,
  customerTables.subscriptions,
  customerTables.usageSummary,
  keyTables.keys,
  sessionTables.endedSessions,
  settingsTables.settings,
  webhookTables.webhooks,
  webhookTables.webhookAttempts,
  webhookTables.webhookDeliveries,
].map((table) => ({ name: getTableConfig(table).name, table }))

describe.each(TABLES)('the table $name', ({ name, table }) => {
  test('has in the migrations the columns that the code knows', async () => {
    const { results } = await env.DB.prepare('SELECT name FROM pragma_table_info(?)')
      .bind(name)
      .all<{ name: string }>()
    const known = Object.values(getTableColumns(table)).map((column) => column.name)
    expect(new Set(results.map((column) => column.name))).toEqual(new Set(known))
  })
})

test('no migration can take rows away behind our back', () => {
  for (const statement of env.TEST_MIGRATIONS.flatMap(({ queries }) => queries)) {
    expect(statement).not.toMatch(/cascade|foreign_keys\s*=\s*off|drop table/i)
  }
})

describe('a counter', () => {
  const write = async (value: unknown) => {
    const sql = "INSERT OR REPLACE INTO catalogue (id, revision, head) VALUES (1, ?, '')"
    await env.DB.prepare(sql).bind(value).run()
    return env.DB.prepare('SELECT revision, typeof(revision) AS type FROM catalogue').first()
  }

  test.each([0, 1, 1_763_805_600_123, Number.MAX_SAFE_INTEGER])('holds %d', async (value) => {
    expect(await write(value)).toEqual({ revision: value, type: 'integer' })
  })

  test.each([-1, 0.5, 2 ** 53, 1e300, Infinity, NaN, null, 'many'])('refuses %s', async (value) => {
    await expect(write(value)).rejects.toThrow(/constraint failed/)
  })
})

test('two changes cannot begin from the same revision', async () => {
  const change = (subject: string, previous: number) =>
    env.DB.prepare(
      `INSERT INTO changes (subject, previous, revision, actor, action, resource, request_id, at)
       VALUES (?, ?, 9, 'key:a', 'plans.put', 'plans/a', 'r', 0)`,
    )
      .bind(subject, previous)
      .run()
  await change('catalogue', 0)
  await change('catalogue', 9)
  await change('customer:a', 0)
  await expect(change('catalogue', 0)).rejects.toThrow(
    'UNIQUE constraint failed: changes.subject, changes.previous',
  )
})

test('a subscription cannot be half ended, half in grace or half in a period', async () => {
  await env.DB.prepare(
    "INSERT INTO customers (id, metadata, created_at, revision) VALUES ('a', '{}', 0, 1)",
  ).run()
  const columns =
    'id, customer_id, plan_id, status, start_at, phases, ends_with_trial, cancel_at_period_end, metadata, created_at, revision'
  for (const column of ['ended_at', 'grace_ends_at', 'period_start_at']) {
    const inserted = env.DB.prepare(
      `INSERT INTO subscriptions (${columns}, ${column}) VALUES ('s', 'a', 'p', 'active', 0, '[]', 0, 0, '{}', 0, 1, 5)`,
    ).run()
    await expect(inserted).rejects.toThrow('subscriptions_pairs')
  }
})
