/** What people are shown of how often features are asked about. */
import { describe, expect, it } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

/** More denials than all other tests bring about together. */
const BATCHES = 9
const BATCH = 1_000
const DENIED = BATCHES * BATCH
const SLOWLY = { timeout: 15_000 }
const COUNT = new Intl.NumberFormat('en')

describe('checks', () => {
  it('are drawn on Home for a day, a week or a month, with what is denied most', async () => {
    const { featureId, name } = await wanted()
    const page = await openPage('/?range=7d', { role: 'viewer' })
    const back = page.getByRole('navigation', { name: 'How far back' })
    expect(await back.locator('[aria-current=page]').textContent()).toBe('7 days')
    const hours = page.getByRole('table', { name: 'Checks by hour' })
    await hours.waitFor()
    expect(await hours.getByRole('row').count()).toBe(1 + 7 * 24)
    await back.getByRole('link', { name: '24 hours' }).click()
    await expect.poll(() => hours.getByRole('row').count(), SLOWLY).toBe(1 + 24)
    const most = page.getByRole('table', { name: 'Denied most' }).getByRole('row')
    const row = most.filter({ hasText: name })
    await row.waitFor()
    expect(await row.getByRole('cell').allTextContents()).toEqual([
      name,
      COUNT.format(DENIED),
      '99 %',
    ])
    await expectAccessible(page)
    await page.setViewportSize({ width: 390, height: 844 })
    await expectNoSidewaysScroll(page)
    await back.getByRole('link', { name: '30 days' }).click()
    const days = page.getByRole('table', { name: 'Checks by day' })
    await days.waitFor()
    expect(new URL(page.url()).searchParams.get('range')).toBe('30d')
    expect(await days.getByRole('row').count()).toBe(1 + 30)
    await row.getByRole('link').click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
    const today = days.getByRole('row').filter({ hasText: COUNT.format(DENIED) })
    await today.waitFor()
    expect(await today.getByRole('cell').allTextContents()).toEqual([
      COUNT.format(DENIED + 1),
      COUNT.format(DENIED),
    ])
    expect(new URL(page.url()).pathname).toBe(`/dashboard/features/${featureId}`)
    await expectAccessible(page)
  })

  it('that nobody has made show the line that makes one', async () => {
    const page = await openPage('/customers', { role: 'viewer' })
    await page.route('**/v1/statistics?*', (route) => route.fulfill({ json: { data: [] } }))
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByText('Nobody has asked in the last 24 hours').waitFor()
    await page.getByText('/v1/access?customerId=acme&featureId=sso').waitFor()
    await expectAccessible(page)
  })

  it('that could not be read say so, and are read again', async () => {
    const page = await openPage('/customers', { role: 'viewer', refused: [503] })
    const json = { code: 'unavailable', detail: 'Try again in a moment.', status: 503 }
    await page.route('**/v1/statistics?*', (route) => route.fulfill({ status: 503, json }))
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByText('Try again in a moment.').first().waitFor()
    expect(await page.getByText('Changed lately').isVisible()).toBe(true)
    await page.unroute('**/v1/statistics?*')
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await page.getByText(/^About [\d,]+ checks?, [\d,]+ of them denied/).waitFor()
  })
})

/** A feature that one customer has, asked for by one who has not. */
async function wanted() {
  const featureId = unique('wanted')
  const name = `Wanted ${featureId}`
  const [having, lacking] = [unique('having'), unique('lacking')]
  await api.put(`/features/${featureId}`, { type: 'boolean', name })
  await Promise.all([having, lacking].map((id) => api.put(`/customers/${id}`, {})))
  const allowance = { enabled: true }
  await api.put(`/customers/${having}/overrides/${featureId}`, { allowance, standalone: true })
  const granted = await api.get(`/access?customerId=${having}&featureId=${featureId}&fresh=true`)
  expect(granted.body.hasAccess).toBe(true)
  const items = Array.from({ length: BATCH }, () => ({ customerId: lacking, featureId }))
  for (let sent = 0; sent < BATCHES; sent++) await api.post('/access/batch', { items })
  const counted = async () =>
    (await api.get(`/statistics?groupBy=featureId&featureId=${featureId}`)).body.data
  await expect.poll(counted, SLOWLY).toEqual([{ featureId, granted: 1, denied: DENIED }])
  return { featureId, name }
}
