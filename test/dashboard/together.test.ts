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
