import { describe, expect, it } from 'vitest'
import { api, type Reply, send } from '../support/service.ts'
import { access, bodyOf, consume, customerOn } from './customers.ts'

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': '0' }

/** The path of a new link to the customer's page. */
async function linkFor(customerId: string, body: object = {}): Promise<string> {
  const { url } = await bodyOf(api.post(`/customers/${customerId}/portal-sessions`, body))
  const { pathname } = new URL(url)
  return pathname
}

const open = (path: string): Promise<Reply> => send({ method: 'GET', path })

/** Presses a button, and follows where it leads. */
async function press(path: string): Promise<Reply> {
  const { status, headers } = await send({ method: 'POST', path, headers: FORM })
  expect(status).toBe(303)
  return open(headers.get('Location') ?? '')
}

const subscriptionOf = (id: string) => bodyOf(api.get(`/subscriptions/${id}`))

describe('a customer in the portal', () => {
  it('sees its plan and usage, cancels after being asked, and takes it back', async () => {
    const { customerId, subscriptionId } = await customerOn('pro')
    await consume(customerId, 'api-calls', 120)
    const path = await linkFor(customerId)
    const page = await open(path)
    expect([page.status, page.headers.get('Content-Type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    expect(page.headers.get('Cache-Control')).toBe('private, no-store')
    expect(page.text).toContain('<h2 id="plan-0">Pro</h2>')
    expect(page.text).toMatch(/120 of [\d,]+ calls used/)

    const cancel = `${path}/subscriptions/${subscriptionId}/cancel`
    expect((await open(cancel)).text).toContain('<h1>Cancel Pro?</h1>')
    expect((await subscriptionOf(subscriptionId)).cancelAt).toBeNull()
    const { currentPeriod } = await subscriptionOf(subscriptionId)
    expect((await press(cancel)).text).toContain('It is canceled.')
    expect((await subscriptionOf(subscriptionId)).cancelAt).toBe(currentPeriod.endAt)
    expect((await access(customerId, 'api-calls')).hasAccess).toBe(true)

    const undone = await press(`${path}/subscriptions/${subscriptionId}/undo`)
    expect(undone.text).toContain('That is taken back.')
    expect((await subscriptionOf(subscriptionId)).cancelAt).toBeNull()
  })

  it('opens no other customer’s page, and none with a link that is not whole', async () => {
    const [one, other] = [await customerOn('pro'), await customerOn('starter')]
    const path = await linkFor(one.customerId)
    const foreign = `${path}/subscriptions/${other.subscriptionId}/cancel`
    expect((await press(foreign)).text).toContain('That is not possible any more.')
    expect((await subscriptionOf(other.subscriptionId)).cancelAt).toBeNull()
    for (const each of [path.slice(0, -1), `${path}x`, '/portal/nothing']) {
      const { status, text } = await open(each)
      expect([status, text.includes(one.customerId)]).toEqual([403, false])
    }
  })
})

describe('a customer with a clock of its own', () => {
  it('lives through a month in one call: everything begins anew, on its page too', async () => {
    const { customerId, subscriptionId } = await customerOn('starter')
    await consume(customerId, 'api-calls', 1000)
    expect(await access(customerId, 'api-calls')).toMatchObject({ reason: 'limit_reached' })
    const { currentPeriod } = await subscriptionOf(subscriptionId)
    const clock = `/sandbox/customers/${customerId}/clock`
    const moved = await bodyOf(api.put(clock, { now: currentPeriod.endAt }))
    expect(moved).toMatchObject({ clockAt: currentPeriod.endAt, propagation: 'done' })
    expect(await access(customerId, 'api-calls')).toMatchObject({ hasAccess: true, used: 0 })
    expect((await open(await linkFor(customerId))).text).toContain('0 of 1,000 calls used')
    expect(await api.delete(clock)).toMatchObject({
      status: 409,
      body: { code: 'transition_refused' },
    })
  })
})
