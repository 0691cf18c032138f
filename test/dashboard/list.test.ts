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

it('is searched by a text that is typed anywhere, and asked for when the typing pauses', async () => {
  const prefix = unique('typed')
  expect((await api.put(`/customers/${prefix}-mole`, {})).status).toBe(201)
  const page = await openPage('/customers', { role: 'viewer' })
  const asked: string[] = []
  page.on('request', (request) => {
    const q = new URL(request.url()).searchParams.get('q')
    if (q !== null && request.url().includes('/v1/customers')) asked.push(q)
  })
  const field = page.getByRole('searchbox', { name: 'Begins with' })
  await field.fill(`${prefix}-me`)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('ol')
  expect(await field.inputValue()).toBe(`${prefix}-mole`)
  await page.waitForURL(`**/customers?q=${prefix}-mole`)
  await page.getByRole('link', { name: `${prefix}-mole`, exact: true }).waitFor()
  expect(asked).not.toContain(`${prefix}-moe`)
  // The address becomes another from elsewhere.
  await page.getByRole('link', { name: 'Customers', exact: true }).click()
  await expect.poll(() => field.inputValue()).toBe('')
})

it('is saved whole, whatever page is shown', async () => {
  const prefix = unique('whole')
  const ids = Array.from({ length: 101 }, (_, at) => `${prefix}-${at}`)
  const made = await Promise.all(ids.map((id) => api.put(`/customers/${id}`, {})))
  expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]))
  const page = await openPage(`/customers?q=${prefix}`, { role: 'viewer' })
  await page.getByRole('link', { name: 'Next page' }).click()
  await page.getByRole('link', { name: 'First page' }).waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as CSV' }).click()
  const text = readFileSync(await (await saving).path(), 'utf8')
  expect(text.match(new RegExp(`${prefix}-\\d+`, 'g'))?.toSorted()).toEqual(ids.toSorted())
  await page.getByText('101 saved').waitFor()
})

it('begins at its start where the place in a link has ended, and heeds what it knows of an address', async () => {
  const prefix = unique('ended')
  expect((await api.put(`/customers/${prefix}`, {})).status).toBe(201)
  const page = await openPage(`/customers?q=${prefix}&cursor=long-ago&utm_source=mail`, {
    refused: [400],
  })
  await page.getByRole('link', { name: prefix, exact: true }).waitFor()
  expect(new URL(page.url()).search).not.toContain('cursor')
})

it('a customer is made by hand, once', async () => {
  const id = unique('by-hand')
  const page = await openPage('/customers', { role: 'support', refused: [412] })
  const make = async (name: string) => {
    await page.getByRole('button', { name: 'New customer' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Id').fill(id)
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Create' }).click()
  }
  await make('Made by hand')
  await page.getByRole('heading', { name: 'Made by hand', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Customers', exact: true }).first().click()
  await make('Somebody else')
  await page.getByRole('dialog').getByText('A customer has this id already').waitFor()
  await expectAccessible(page)
  expect((await api.get(`/customers/${id}`)).body.name).toBe('Made by hand')
})
