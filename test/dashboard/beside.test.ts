/** What happens to a page that is not alone: other windows of one browser, and a line that breaks. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { keyOf, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

describe('a page beside another window of its browser', () => {
  it('goes on where the same person has signed in again there', async () => {
    const customerId = await newCustomer()
    const key = await keyOf('support')
    const page = await openPage('/', { role: null, refused: [401, 403] })
    await signIn(page, key)
    await page.goto(page.url().replace(/dashboard\/.*/, `dashboard/customers/${customerId}`))
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    await besides(page, key)
    await rename(page, 'Renamed')
    await page.getByText('Renamed').first().waitFor()
    expect((await api.get(`/customers/${customerId}`)).body.name).toBe('Renamed')
  })

  it('becomes the page of whoever has signed in there, and changes nothing for them', async () => {
    const customerId = await newCustomer()
    const page = await openPage(`/customers/${customerId}`, {
      role: 'support',
      alone: true,
      refused: [401, 403],
    })
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    await besides(page, await keyOf('viewer'))
    await rename(page, 'Renamed')
    await page.getByRole('alert').getByText('somebody has signed in as').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const edit = page.getByRole('button', { name: 'Edit' })
    await edit.waitFor()
    expect(await edit.isDisabled()).toBe(true)
    expect((await api.get(`/customers/${customerId}`)).body.name).toBeNull()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByText(/ · viewer$/).waitFor()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  })
})

describe('a line that breaks after the service has heard', () => {
  it('has nothing done twice when it is sent again', async () => {
    const customerId = await newCustomer()
    const page = await openPage(`/customers/${customerId}?tab=subscriptions`, { alone: true })
    await page.getByRole('button', { name: 'New subscription' }).click()
    await page.getByRole('combobox', { name: 'Plan' }).click()
    await page.getByRole('option', { name: 'Starter (starter)' }).click()
    let isFirst = true
    await page.route('**/v1/customers/*/subscriptions', async (route) => {
      if (route.request().method() !== 'POST' || !isFirst) return route.fallback()
      isFirst = false
      await route.fetch()
      return route.abort()
    })
    const send = page.getByRole('button', { name: 'Subscribe', exact: true })
    await send.click()
    await page.getByRole('alert').getByText('cannot be reached').waitFor()
    await send.click()
    await page.getByRole('heading', { name: 'Starter', exact: true }).waitFor()
    const { body } = await api.get(`/customers/${customerId}/subscriptions`)
    expect(body.data).toHaveLength(1)
  })
})

describe('the environment', () => {
  it('is in sight and in the title, however far down the page is', async () => {
    const page = await openPage('/settings/audit', { phone: true })
    await page.getByRole('table').waitFor()
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
    const mark = page.getByText('Sandbox', { exact: true })
    expect((await mark.boundingBox())?.y).toBeGreaterThanOrEqual(0)
    expect(await page.title()).toContain('sandbox')
  })
})

async function newCustomer(): Promise<string> {
  const customerId = unique('beside')
  expect((await api.put(`/customers/${customerId}`, {})).status).toBe(201)
  return customerId
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Secret key').fill(key)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Account' }).waitFor()
}

/** As another window of the browser signs in. */
async function besides(page: Page, key: string): Promise<void> {
  const status = await page.evaluate(
    async (text) =>
      (
        await fetch('/v1/session', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ key: text }),
        })
      ).status,
    key,
  )
  expect(status).toBe(200)
}

async function rename(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  await page.getByRole('button', { name: 'Save' }).click()
}
