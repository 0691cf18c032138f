/** Our own client over the wire, as an application has it. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sluice, type Verdict } from '../../sdk/index.ts'
import { every, manage } from '../../sdk/manage.ts'
import { api, KEY, makeKey, ORIGIN, unique } from '../support/service.ts'
import { bodyOf, customerOn, newCustomer } from './customers.ts'
import { type Fate, lossy, type Lossy } from './lossy.ts'

const DEMO = JSON.parse(readFileSync('scripts/demo.json', 'utf8'))

const sluice = new Sluice({ url: ORIGIN, key: KEY, timeoutMs: 20_000, budgetMs: 60_000 })
const { checkout, customers, overrides, portal, subscriptions, tokens } = manage(sluice)

/** An answer without how it came here. */
function timeless(verdict: object): object {
  const passing = [
    'servedFrom',
    'asOf',
    'ageMs',
    'confirmed',
    'publishedAt',
    'decidedBy',
    'version',
  ]
  return Object.fromEntries(Object.entries(verdict).filter(([name]) => !passing.includes(name)))
}

describe('asked in one turn for everything that the demo’s customers may do', () => {
  const asked: { readonly customerId: string; readonly featureId: string }[] = []
  let verdicts: readonly Verdict[]

  beforeAll(async () => {
    for (const { id: customerId } of DEMO.customers) {
      for (const { id: featureId } of DEMO.features) asked.push({ customerId, featureId })
    }
    verdicts = await Promise.all(asked.map((question) => sluice.check(question)))
  })

  it('says what GET /v1/access says of each', async () => {
    expect(asked.length).toBeGreaterThan(300)
    const single = await Promise.all(
      asked.map(({ customerId, featureId }) =>
        bodyOf(
          api.get(`/access?customerId=${encodeURIComponent(customerId)}&featureId=${featureId}`),
        ),
      ),
    )
    expect(verdicts.map(timeless)).toEqual(single.map(timeless))
  })

  it('has no refusal that was not confirmed', () => {
    const loose = verdicts.filter(
      ({ hasAccess, confirmed }) => !hasAccess && confirmed !== 'source',
    )
    const reasons = new Set(loose.map(({ reason }) => reason))
    expect([...reasons].filter((reason) => reason !== 'unknown_customer')).toEqual([])
    expect(verdicts.some(({ hasAccess }) => !hasAccess)).toBe(true)
  })
})

describe('a customer’s story, told by the client alone', () => {
  it('from nothing to a plan, a deal and the end of both', async () => {
    const id = unique('org/1 ')
    const made = await customers.put(id, { name: 'Acme', metadata: { tier: 1 } })
    expect(made).toMatchObject({ id, name: 'Acme' })
    const question = { customerId: id, featureId: 'advanced-analytics' }
    expect(await sluice.check(question)).toMatchObject({ hasAccess: false, decidedBy: 'service' })

    const bought = await subscriptions.create(id, { planId: 'pro', chargePeriod: 'monthly' })
    expect(await sluice.hasAccess(question)).toBe(true)
    const preview = await subscriptions.preview(bought.id, { planId: 'starter', when: 'now' })
    expect(preview.losses).toContain('advanced-analytics')
    expect(await subscriptions.cancel(bought.id)).toMatchObject({ cancelAt: expect.any(String) })
    expect(await subscriptions.undo(bought.id)).toMatchObject({ cancelAt: null })
    expect(await subscriptions.pause(bought.id)).toMatchObject({ status: 'paused' })
    expect(await sluice.check(question)).toMatchObject({ hasAccess: false, reason: 'paused' })
    expect(await subscriptions.resume(bought.id)).toMatchObject({ status: 'active' })

    const allowance = { limit: 7 }
    const startAt = new Date()
    await overrides.put(id, 'api-calls', { allowance, startAt, reason: 'a pilot' })
    const calls = { customerId: id, featureId: 'api-calls' }
    expect(await sluice.check(calls)).toMatchObject({ limit: 7, overridden: true })
    expect((await overrides.list(id)).data).toMatchObject([{ allowance, reason: 'a pilot' }])
    await overrides.delete(id, 'api-calls')
    expect(await sluice.check(calls)).toMatchObject({ overridden: false })

    const changed = await subscriptions.change(bought.id, { planId: 'starter', when: 'now' })
    expect(changed.planId).toBe('starter')
    expect(await sluice.hasAccess(question)).toBe(false)
    await subscriptions.cancel(bought.id, { when: 'now' })
    expect((await subscriptions.listOf(id)).data).toMatchObject([{ status: 'ended' }])
    await customers.archive(id)
    expect((await customers.get(id)).archivedAt).not.toBeNull()
  })

  it('is listed, changed, sent to pay and to its own page', async () => {
    const [id, other] = [await newCustomer({ name: unique('Zed') }), await newCustomer()]
    const { name } = await customers.get(id)
    expect(
      (await customers.list({ q: name ?? '', pageSize: 5 })).data.map((each) => each.id),
    ).toEqual([id])
    expect(await customers.patch(id, { name: null })).toMatchObject({ name: null })
    const stale = customers.patch(id, { name: 'x' }, { ifMatch: '"1"' })
    await expect(stale).rejects.toMatchObject({ code: 'revision_mismatch', status: 412 })

    const session = await checkout.create({
      planId: 'pro',
      chargePeriod: 'monthly',
      customerId: id,
      successUrl: 'http://localhost/thanks',
    })
    expect(await checkout.get(session.id)).toMatchObject({ status: 'open', customerId: id })
    expect((await checkout.list({ customerId: id })).data.map((each) => each.id)).toEqual([
      session.id,
    ])
    expect(await checkout.expire(session.id)).toMatchObject({ status: 'expired' })
    expect((await portal.create(other, { ttlSeconds: 60 })).url).toMatch(/^http/)

    const all: string[] = []
    const pages = every((next) => subscriptions.list({ planId: 'starter', pageSize: 2, ...next }))
    for await (const each of pages) all.push(each.id)
    expect(new Set(all).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(2)
  })
})

describe('what one process has changed', () => {
  it('another sees at once with its token (promise 4)', async () => {
    const { customerId } = await customerOn('starter')
    const question = { customerId, featureId: 'storage' }
    const elsewhere = new Sluice({ url: ORIGIN, key: KEY })
    expect(await elsewhere.hasAccess({ ...question, quantity: 5 })).toBe(true)
    const { consistencyToken } = await sluice.consume({ ...question, quantity: 5 })
    expect(sluice.consistencyToken(customerId)).toBe(consistencyToken)
    const seen = await elsewhere.check(question, { consistencyToken })
    expect(seen).toMatchObject({ hasAccess: false, reason: 'limit_reached', used: 5 })
    const { data } = await elsewhere.entitlements({ customerId })
    expect(data.find(({ featureId }) => featureId === 'storage')).toMatchObject({ used: 5 })
  })

  it('is refused in the words of the service', async () => {
    const unknown = sluice.consume({ customerId: unique('nobody'), featureId: 'storage' })
    await expect(unknown).rejects.toMatchObject({ code: 'customer_not_found', status: 404 })
    const readOnly = new Sluice({ url: ORIGIN, key: await makeKey({ scopes: ['read'] }) })
    const { customerId } = await customerOn('starter')
    const question = { customerId, featureId: 'storage' }
    expect(await readOnly.hasAccess(question)).toBe(true)
    await expect(readOnly.consume(question)).rejects.toMatchObject({
      code: 'scope_missing',
      status: 403,
      requestId: expect.any(String),
    })
    const nonsense = sluice.check({ ...question, quantity: 0.5 })
    await expect(nonsense).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/quantity' }],
    })
  })
})

describe('a browser with a customer’s token', () => {
  it('asks for its own customer without naming it, sees what it has used, and nobody else', async () => {
    const { customerId } = await customerOn('starter')
    let fetched = 0
    const page = new Sluice({
      url: ORIGIN,
      token: () => {
        fetched += 1
        return tokens.create(customerId, { ttlSeconds: 60, scopes: ['read', 'usage'] })
      },
    })
    const featureIds = ['storage', 'api-calls', 'sso']
    const granted = await Promise.all(featureIds.map((featureId) => page.hasAccess({ featureId })))
    expect(granted).toEqual([true, true, false])
    await page.consume({ featureId: 'storage', quantity: 5 })
    expect(await page.check({ featureId: 'storage' })).toMatchObject({ customerId, used: 5 })
    const { data } = await page.entitlements()
    expect(data.find(({ featureId }) => featureId === 'storage')).toMatchObject({ used: 5 })
    const other = await customerOn('pro')
    const foreign = await page.check({ customerId: other.customerId, featureId: 'storage' })
    expect(foreign).toMatchObject({ hasAccess: false, reason: 'unknown_customer' })
    expect(fetched).toBe(1)
  })

  it('that may only read is refused use, in the words of the service', async () => {
    const { customerId } = await customerOn('starter')
    const page = new Sluice({ url: ORIGIN, token: () => tokens.create(customerId) })
    expect(await page.hasAccess({ featureId: 'storage' })).toBe(true)
    await expect(page.consume({ featureId: 'storage' })).rejects.toMatchObject({ status: 403 })
  })
})

describe('a wire that loses requests, and more than half of all answers', () => {
  const CALLS = 200
  const FATES: readonly Fate[] = [
    'unheard',
    'passes',
    'lost',
    'torn',
    'unheard',
    'passes',
    'lost',
    'passes',
    'torn',
  ]
  let wire: Lossy
  let far: Sluice

  beforeAll(async () => {
    wire = await lossy((nth) => FATES[nth % FATES.length] ?? 'passes')
    far = new Sluice({
      url: wire.url,
      key: KEY,
      retries: 50,
      retryBudget: 10_000,
      timeoutMs: 30_000,
      budgetMs: 60_000,
      // Nobody's time is wasted on waiting here.
      ports: { sleep: () => new Promise((resolve) => setImmediate(resolve)) },
    })
  })
  afterAll(() => wire.close())

  it('counts each of 200 consumptions once (promise 3)', async () => {
    const { customerId } = await customerOn('starter')
    const use = { customerId, featureId: 'api-calls' }
    const answers = await Promise.all(Array.from({ length: CALLS }, () => far.consume(use)))
    expect(answers.every(({ consumed }) => consumed)).toBe(true)
    expect(await sluice.check(use)).toMatchObject({ used: CALLS })
    const { data } = await bodyOf(
      api.get(`/customers/${customerId}/usage/entries?featureId=api-calls`),
    )
    expect(data).toMatchObject([{ kind: 'consume', quantity: CALLS, count: CALLS }])
    expect(wire.fates.unheard + wire.fates.torn).toBeGreaterThan(CALLS / 2)
  })

  it('refuses once, too: what the limit lets through is not a unit more or less (promise 1)', async () => {
    const { customerId } = await customerOn('starter')
    const use = { customerId, featureId: 'storage' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => far.consume(use)))
    expect(answers.filter(({ consumed }) => consumed).length).toBe(5)
    await far.reportUsage({ ...use, value: -2 })
    expect(await sluice.check(use)).toMatchObject({ used: 3, balance: 2 })
  })

  it('makes one subscription, not one for each attempt', async () => {
    const id = await newCustomer()
    await manage(far).subscriptions.create(id, { planId: 'starter', chargePeriod: 'monthly' })
    await Promise.all([1, 2, 3].map((n) => manage(far).customers.patch(id, { name: `${n}` })))
    expect((await subscriptions.listOf(id)).data).toMatchObject([{ status: 'active' }])
  })
})
