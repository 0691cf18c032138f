/** Who takes payments, as an operator sees it. */
import { expect, it } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, ORIGIN, unique } from '../support/service.ts'

it('payments: what is set, where events are sent, and what was paid in vain', async () => {
  const customerId = unique('paid')
  expect((await api.put(`/customers/${customerId}`, {})).status).toBe(201)
  const bought = { planId: 'pro', chargePeriod: 'monthly' }
  const { body } = await api.post(`/customers/${customerId}/subscriptions`, bought)
  for (const outcome of ['refunded', 'paid'])
    expect((await api.post(`/sandbox/subscriptions/${body.id}/payments`, { outcome })).status).toBe(
      200,
    )
  const page = await openPage('/settings/payments', { role: 'viewer' })
  await page.getByText('Checkout is paid through a page that pretends').waitFor()
  await page.getByText(`${ORIGIN}/webhooks/stripe`).waitFor()
  for (const secret of ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'])
    expect(await page.getByText(secret, { exact: true }).isVisible()).toBe(true)
  const refused = page.getByRole('region', { name: 'Paid or told in vain' })
  const mine = refused.getByRole('listitem').filter({ hasText: customerId })
  expect(await mine.textContent()).toContain('payment_succeeded from sandbox')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNoSidewaysScroll(page)
  await mine.getByRole('link', { name: customerId }).click()
  await page.getByRole('heading', { level: 1, name: customerId }).waitFor()
})
