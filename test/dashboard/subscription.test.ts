/** What is done to a subscription, from its page alone. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { act, choose, expectAccessible, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

it('shows what it costs, changes quantity and plan, and takes back what is only pending', async () => {
  const { customerId, page } = await subscribed('pro')
  await api.post(`/customers/${customerId}/subscriptions`, { planId: 'extra-calls', quantity: 2 })
  await page.reload()
  const addon = card(page, '10,000 more API calls')
  await addon.getByText('2 × $5.00 = $10.00 monthly').waitFor()
  await addon.getByText('add-on', { exact: true }).waitFor()
  await act(page, '10,000 more API calls', 'Change plan …')
  await page.getByRole('spinbutton', { name: 'Quantity' }).fill('5')
  await page.getByRole('table', { name: 'What would change' }).waitFor()
  await send(page, 'Change the plan')
  await addon.getByText('5 × $5.00 = $25.00 monthly').waitFor()

  const pro = card(page, 'Pro')
  await pro.getByText('$99.00 monthly', { exact: true }).waitFor()
  await act(page, 'Pro', 'Change plan …')
  await choose(page, 'Plan', 'Starter (starter)')
  await page.getByText('Over its limit').waitFor()
  await send(page, 'Change the plan')
  await pro.getByText('Becomes Starter, $19.00 monthly').waitFor()
  await act(page, 'Pro', 'Undo what is pending …')
  await send(page, 'Undo what is pending')
  await pro.getByText('Becomes Starter').waitFor({ state: 'detached' })

  await act(page, 'Pro', 'Cancel …')
  await send(page, 'Cancel the subscription')
  await pro.getByText('none: it ends before').waitFor()
  await expectAccessible(page)
  await act(page, 'Pro', 'Undo what is pending …')
  await send(page, 'Undo what is pending')
  await pro.getByText('none: it ends before').waitFor({ state: 'detached' })
  const { body } = await api.get(`/customers/${customerId}/subscriptions`)
  const held = body.data.find(({ planId }: { readonly planId: string }) => planId === 'pro')
  expect(held).toMatchObject({ status: 'active', cancelAt: null, pendingChange: null })
})

it('is paid for, renewed, not paid for, and given back', async () => {
  const { page } = await subscribed('pro')
  const pro = card(page, 'Pro')
  await act(page, 'Pro', 'Pretend a payment …')
  await send(page, 'Let it happen')
  await act(page, 'Pro', 'Renew …')
  await page.getByLabel('Period from (UTC)').fill('2026-01-02T03:04')
  await page.getByLabel('Period until (UTC)').fill('2131-02-03T04:05')
  await send(page, 'Renew')
  await pro.getByText('3 Feb 2131, 04:05 UTC').first().waitFor()

  await act(page, 'Pro', 'Payment failed …')
  await send(page, 'Payment failed')
  await pro.getByText('past due', { exact: true }).waitFor()
  await pro.getByText(/^Grace since /).waitFor()
  await act(page, 'Pro', 'Payment succeeded …')
  await send(page, 'Payment succeeded')
  await pro.getByText('active', { exact: true }).waitFor()
  await act(page, 'Pro', 'Refund in full …')
  await send(page, 'Refund in full')
  await pro.getByText(/because: refunded/).waitFor()

  await act(page, 'Pro', 'Payments so far')
  const told = page.getByRole('list', { name: 'What happened, the newest first' })
  await told.getByText('Money for pro was given back').waitFor()
  await told.getByText('A payment for pro failed').waitFor()
  await told.getByText('The subscription to pro was renewed').first().waitFor()
  expect(await told.getByText('Subscribed to pro').count()).toBe(0)
  expect(page.url()).toContain('show=payments')
})

it('ends a trial, and what grace was over for is given again by a payment', async () => {
  const { customerId, page } = await subscribed('pro', { trialDays: 14 })
  const pro = card(page, 'Pro')
  await pro.getByText('trialing', { exact: true }).waitFor()
  await act(page, 'Pro', 'End the trial …')
  await send(page, 'End the trial')
  await pro.getByText(/because: trial ended/).waitFor()
  await act(page, 'Pro', 'Payment succeeded …')
  await send(page, 'Payment succeeded')
  await pro.getByText('active', { exact: true }).waitFor()
  await act(page, 'Pro', 'Pause …')
  await send(page, 'Pause')
  await pro.getByText('paused', { exact: true }).waitFor()
  await act(page, 'Pro', 'Resume …')
  await send(page, 'Resume')
  await pro.getByText('active', { exact: true }).waitFor()

  await api.patch(`/customers/${customerId}`, { graceDays: 1 })
  await act(page, 'Pro', 'Payment failed …')
  await send(page, 'Payment failed')
  await pro.getByText('past due', { exact: true }).waitFor()
  const hasAccess = async () =>
    (await api.get(`/access?customerId=${customerId}&featureId=api-calls&fresh=true`)).body
      .hasAccess
  expect(await hasAccess()).toBe(true)
  await page.getByRole('button', { name: 'Test clock' }).click()
  await page.getByRole('spinbutton', { name: 'Days' }).fill('2')
  await send(page, 'Move forward')
  await pro.getByText(/because: grace ended/).waitFor()
  expect(await hasAccess()).toBe(false)
  await act(page, 'Pro', 'Payment succeeded …')
  await send(page, 'Payment succeeded')
  await pro.getByText('active', { exact: true }).waitFor()
  expect(await hasAccess()).toBe(true)
})

/** A customer of a plan, and its page. */
async function subscribed(planId: string, terms: object = {}) {
  const customerId = unique('subscriber')
  await api.put(`/customers/${customerId}`, {})
  const purchase = { planId, chargePeriod: 'monthly', ...terms }
  expect((await api.post(`/customers/${customerId}/subscriptions`, purchase)).status).toBe(201)
  const page = await openPage(`/customers/${customerId}?tab=subscriptions`, { role: 'support' })
  return { customerId, page }
}

/** What the page shows of one subscription. */
function card(page: Page, plan: string) {
  return page.getByRole('listitem').filter({
    has: page.getByRole('button', { name: `Actions for ${plan}`, exact: true }),
  })
}

/** Sends the dialog that is open, and waits until it has done so. */
async function send(page: Page, action: string): Promise<void> {
  const button = page.getByRole('dialog').getByRole('button', { name: action, exact: true })
  await button.click()
  await button.waitFor({ state: 'detached' })
}
