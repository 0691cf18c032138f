/** The list of customers, as people look through it. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

it('a list shows what each customer holds, and what is out of the ordinary; a file does too', async () => {
  const prefix = unique('held')
  const [held, bare] = [`${prefix}-held`, `${prefix}-none`]
  for (const id of [held, bare]) expect((await api.put(`/customers/${id}`, {})).status).toBe(201)
  const bought = { planId: 'pro', chargePeriod: 'monthly' }
  const { body } = await api.post(`/customers/${held}/subscriptions`, bought)
  expect((await api.post(`/subscriptions/${body.id}/payment-failed`, {})).status).toBe(200)
  const { status } = await api.put(`/customers/${held}/overrides/sso`, {
    allowance: { enabled: true },
  })
  expect(status).toBe(200)
  const page = await openPage(`/customers?q=${prefix}`, { role: 'viewer' })
  const row = (id: string) =>
    page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) })
  await row(held).getByText('past due', { exact: true }).waitFor()
  expect(await row(held).textContent()).toMatch(/pro.*past due.*overridden/s)
  expect(await row(bare).textContent()).toContain('none')
  await expectAccessible(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as CSV' }).click(),
  ])
  expect(readFileSync(await download.path(), 'utf8')).toMatch(
    new RegExp(`plans,overLimit,overridden\\r\\n[^]*${held},.*,pro past_due,false,true`),
  )
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNoSidewaysScroll(page)
})
