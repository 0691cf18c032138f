import { expect, it } from 'vitest'
import { openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

/** About a second on a machine that does nothing else. */
const SEEN_MS = 10_000

it('an override made in one browser is seen in another, and by checks, without a reload', async () => {
  const customerId = unique('together')
  await api.put(`/customers/${customerId}`, {})
  const begun = { planId: 'starter', chargePeriod: 'monthly' }
  expect((await api.post(`/customers/${customerId}/subscriptions`, begun)).status).toBe(201)
  const check = `/access?customerId=${customerId}&featureId=sso`
  expect((await api.get(check)).body).toMatchObject({ hasAccess: false })

  const seeing = await openPage(`/customers/${customerId}`, { role: 'viewer' })
  const seen = seeing
    .getByRole('row')
    .filter({ has: seeing.getByText('Single sign-on', { exact: true }) })
  await seen.getByText('No', { exact: true }).waitFor()
  await seeing.getByText('· live').waitFor()

  const changing = await openPage(`/customers/${customerId}`, { role: 'support' })
  await changing.getByRole('button', { name: 'Actions for Single sign-on' }).click()
  await changing.getByRole('menuitem', { name: 'Override …', exact: true }).click()
  const answered = changing.waitForResponse((response) => response.request().method() === 'PUT')
  await changing.getByRole('dialog').getByRole('button', { name: 'Override' }).click()
  const response = await answered
  const answeredAt = performance.now()
  expect(response.status()).toBeLessThan(300)
  const since = () => Math.round(performance.now() - answeredAt)
  const checked = async () => {
    await expect
      .poll(async () => (await api.get(check)).body.hasAccess, { interval: 20, timeout: SEEN_MS })
      .toBe(true)
    return since()
  }
  const [checkedMs, seenMs] = await Promise.all([
    checked(),
    seen.getByText('Yes', { exact: true }).waitFor({ timeout: SEEN_MS }).then(since),
  ])
  console.log(`An override: in checks after ${checkedMs} ms, in another browser after ${seenMs} ms`)
})

it('an answer that was on its way takes back nothing that was heard meanwhile', async () => {
  const customerId = unique('late')
  await holder(customerId)
  const page = await openPage(`/customers/${customerId}`)
  await page.getByText('· live').waitFor()
  let release: () => void = () => undefined
  const isReleased = new Promise<void>((resolve) => (release = resolve))
  let answered: Promise<unknown> = Promise.resolve()
  const held = new Promise<void>((resolve) => {
    void page.route('**/entitlements?fresh=true', async (route) => {
      const response = await route.fetch()
      resolve()
      await isReleased
      answered = route.fulfill({ response }).catch(() => undefined)
      await answered
    })
  })
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Renamed')
  await page.getByRole('button', { name: 'Save' }).click()
  await held
  await use(customerId, 700)
  const told = page.getByText('700 of 1,000')
  await told.waitFor()
  release()
  await answered
  // What is heard next is of another feature: it is there after whatever the late answer did.
  const override = { allowance: { enabled: true } }
  expect((await api.put(`/customers/${customerId}/overrides/sso`, override)).status).toBe(200)
  await page.getByRole('row', { name: 'Single sign-on' }).getByText('overridden').waitFor()
  expect(await told.isVisible()).toBe(true)
})

it('a line that answers no more is left for another', async () => {
  const customerId = unique('deaf')
  await holder(customerId)
  const page = await openPage('/features', { role: 'viewer' })
  await page.getByRole('table').waitFor()
  await page.clock.install({ time: new Date() })
  let opened = 0
  await page.routeWebSocket(/\/stream$/, (line) => {
    opened += 1
    const service = line.connectToServer()
    line.onMessage((text) => (text === 'ping' ? undefined : service.send(text)))
  })
  await page.goto(page.url().replace(/dashboard\/.*/, `dashboard/customers/${customerId}`))
  await page.getByText('· live').waitFor()
  await page.clock.fastForward(26_000)
  await page.clock.fastForward(11_000)
  await page.clock.fastForward(1_000)
  await expect.poll(() => opened).toBe(2)
  await page.getByText('· live').waitFor()
})

async function holder(customerId: string): Promise<void> {
  await api.put(`/customers/${customerId}`, {})
  const begun = { planId: 'starter', chargePeriod: 'monthly' }
  expect((await api.post(`/customers/${customerId}/subscriptions`, begun)).status).toBe(201)
}

async function use(customerId: string, value: number): Promise<void> {
  const said = { customerId, featureId: 'api-calls', behaviour: 'set', value }
  expect((await api.post('/usage', said)).status).toBe(200)
}
