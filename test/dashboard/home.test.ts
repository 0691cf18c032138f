/** Home: what needs a look, for whoever opens the dashboard in the morning. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { OverviewAnswer } from '../../schema/wire/overview.ts'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, ORIGIN, unique } from '../support/service.ts'

const MINUTE = 60_000
/** In ten minutes, or a little less on a machine that takes its time. */
const SOON = /in ([6-9]|10) minutes/

describe('Home', () => {
  it('shows who is far over a limit, who loses access next, and whose trial ends next', async () => {
    const [over, unpaid, trying] = [unique('over'), unique('unpaid'), unique('trying')]
    await Promise.all([overLimit(over), pastDue(unpaid), onTrial(trying)])
    const page = await openPage('/', { role: 'viewer' })
    await expectRow(page, over, 'over', 'API calls', '9,000,000 of 1')
    await expectRow(page, unpaid, 'pro: access ends', SOON)
    await expectRow(page, trying, 'pro: the trial ends', SOON)
    await page.getByRole('link', { name: 'The whole log' }).waitFor()
    await expectAccessible(page)
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(page)
    await page.getByRole('link', { name: `Named ${over}` }).click()
    await page.getByRole('heading', { level: 1, name: `Named ${over}` }).waitFor()
  })

  it('says what changes wait for, and that all is well once they have arrived', async () => {
    const page = await openPage('/customers')
    await outage(page, {
      propagation: {
        unsynced: { count: 12, oldestAt: ago(3 * MINUTE) },
        overdue: { count: 1_000, oldestAt: ago(9 * MINUTE) },
        catalogue: { revision: 2, edgeRevision: 1, copiedAt: ago(10 * MINUTE) },
      },
      deliveries: { owed: { count: 1, oldestAt: ago(MINUTE) }, failing: 2 },
    })
    await page
      .getByText('The newest change has not reached 12 customers, the oldest since')
      .waitFor()
    for (const said of [
      'What time has done is not in lists yet for 1,000 or more customers',
      'The edge still reads an older catalogue',
      '1 message has not been received by a webhook, the oldest since',
      '2 webhooks receive nothing',
      'look whether the cron trigger runs',
    ])
      expect(await page.getByText(said).isVisible()).toBe(true)
    await page.unroute(OVERVIEW)
    await outage(page, {
      propagation: {
        unsynced: { count: 0, oldestAt: null },
        overdue: { count: 1, oldestAt: ago(MINUTE / 2) },
        catalogue: { revision: 2, edgeRevision: 2, copiedAt: ago(0) },
      },
      deliveries: { owed: { count: 0, oldestAt: null }, failing: 0 },
    })
    await page.getByText('All changes have reached the edge').waitFor()
    expect(await page.getByText('cron trigger').count()).toBe(0)
  })
})

const OVERVIEW = '**/v1/overview'

/** Opens Home with what the service says of itself replaced: it cannot be brought down for one test alone. */
async function outage(
  page: Page,
  health: Pick<OverviewAnswer, 'propagation' | 'deliveries'>,
): Promise<void> {
  await page.route(OVERVIEW, async (route) => {
    const response = await route.fetch()
    const answer = (await response.json()) as OverviewAnswer
    await route.fulfill({ response, json: { ...answer, ...health } })
  })
  await page.goto(`${ORIGIN}/dashboard/`)
}

async function expectRow(
  page: Page,
  id: string,
  ...texts: readonly (string | RegExp)[]
): Promise<void> {
  const row = page.getByRole('listitem').filter({ hasText: `Named ${id}` })
  for (const text of texts) await row.getByText(text).first().waitFor()
}

/** So far over its limit that nobody else's test is before it. */
async function overLimit(id: string): Promise<void> {
  await subscribed(id, {})
  await done(api.put(`/customers/${id}/overrides/api-calls`, { allowance: { limit: 1 } }))
  await done(
    api.post('/usage', {
      customerId: id,
      featureId: 'api-calls',
      behaviour: 'delta',
      value: 9_000_000,
    }),
  )
  const isTold = async () => {
    const { nearLimits } = (await api.get('/overview')).body as OverviewAnswer
    return nearLimits.data.some(({ customerId }) => customerId === id)
  }
  await expect.poll(isTold, { timeout: 20_000 }).toBe(true)
}

/** Ten minutes before the end of its grace. */
async function pastDue(id: string): Promise<void> {
  const subscriptionId = await subscribed(id, { startAt: ago(10 * DAY) }, { graceDays: 1 })
  await done(
    api.post(`/subscriptions/${subscriptionId}/payment-failed`, {
      occurredAt: ago(DAY - 10.4 * MINUTE),
    }),
  )
}

async function onTrial(id: string): Promise<void> {
  await subscribed(id, { startAt: ago(DAY - 10.4 * MINUTE), trialDays: 1 })
}

async function subscribed(id: string, terms: object, customer: object = {}): Promise<string> {
  await done(api.put(`/customers/${id}`, { name: `Named ${id}`, ...customer }))
  const { body } = await done(
    api.post(`/customers/${id}/subscriptions`, {
      planId: 'pro',
      chargePeriod: 'monthly',
      ...terms,
    }),
  )
  return String(body.id)
}

async function done<T extends { readonly status: number }>(reply: Promise<T>): Promise<T> {
  const answer = await reply
  expect([200, 201]).toContain(answer.status)
  return answer
}

const DAY = 24 * 60 * MINUTE

function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString()
}
