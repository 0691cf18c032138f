import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { tick } from '../../worker/tick.ts'
import { counting, down } from '../support/bindings.ts'
import { fresh } from '../support/fresh.ts'
import { expectOk, type Manager, manager, openTiers } from '../support/manager.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const DAY_MS = 86_400_000

let api: Manager

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  await fresh()
  api = await manager()
  await openTiers(api)
})

afterEach(() => {
  vi.useRealTimers()
})

const run = (bindings: Partial<Env> = {}) => tick(portsFrom({ ...env, ...bindings }), 'local')

/** Changes what every tier gives; returns when. */
async function edit(limit: number): Promise<number> {
  vi.setSystemTime(Date.now() + 1_000)
  await expectOk(api.patch('/v1/plans/starter', { allowances: { 'api-calls': { limit } } }))
  return Date.now()
}

async function starterDocuments(): Promise<readonly number[]> {
  const { results } = await env.DB.prepare(
    "SELECT revision FROM documents WHERE plan_id = 'starter' ORDER BY revision",
  ).all<{ revision: number }>()
  return results.map(({ revision }) => revision)
}

async function copies(): Promise<readonly string[]> {
  const { keys } = await env.KV.list({ prefix: 'plan:starter@' })
  return keys.map(({ name }) => name)
}

describe('documents', () => {
  test('that a head of the last day names stay, in D1 and in KV', async () => {
    const [first, second, third] = [NOW, await edit(1), await edit(2)]
    vi.setSystemTime(second + DAY_MS - 1)
    await run()
    expect(await starterDocuments()).toEqual([first, second, third])
    expect(await copies()).toHaveLength(3)
  })

  test('that none names go, and what is in force stays for ever', async () => {
    const [, second, third] = [NOW, await edit(1), await edit(2)]
    vi.setSystemTime(second + DAY_MS)
    await run()
    expect(await starterDocuments()).toEqual([second, third])
    expect(await copies()).toEqual([`plan:starter@${second}`, `plan:starter@${third}`])
    vi.setSystemTime(third + 100 * DAY_MS)
    await run()
    await run()
    expect(await starterDocuments()).toEqual([third])
    expect(await copies()).toEqual([`plan:starter@${third}`])
  })

  test('stay in D1 while KV does not let them go, for the next tick to find', async () => {
    const second = await edit(1)
    vi.setSystemTime(second + DAY_MS)
    await run({ KV: down.KV })
    expect(await starterDocuments()).toEqual([NOW, second])
    await run()
    expect(await starterDocuments()).toEqual([second])
    expect(await copies()).toEqual([`plan:starter@${second}`])
  })

  test('go a hundred at a time', async () => {
    const rows = Array.from({ length: 250 }, (_, n) => env.DB.prepare(INSERT).bind(n))
    await env.DB.batch(rows)
    vi.setSystemTime(NOW + DAY_MS)
    const queries: number[] = []
    for (const left of [151, 51, 1, 1]) {
      const { bindings, counts } = counting()
      await run(bindings)
      queries.push(counts.d1)
      expect(await starterDocuments()).toHaveLength(left)
    }
    const [hundred = 0, , , none = 0] = queries
    expect(hundred - none).toBeLessThanOrEqual(1)
  })
})

const INSERT = "INSERT INTO documents (plan_id, revision, document) VALUES ('starter', ?, '')"
