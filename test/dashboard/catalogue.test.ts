/** Plans, features and settings, as product people and admins use them. */
import { describe, expect, it } from 'vitest'
import { choose, expectAccessible, openPage } from '../support/dashboard.ts'
import { api, apiWith, unique } from '../support/service.ts'

describe('a plan', () => {
  it('is edited after a look at whom it reaches; the value is then overridden, and inherits again', async () => {
    const { parentId, planId, featureId } = await family()
    const customerId = unique('holder')
    await api.put(`/customers/${customerId}`, {})
    await api.post(`/customers/${customerId}/subscriptions`, { planId })
    const limit = async () =>
      (await api.get(`/access?customerId=${customerId}&featureId=${featureId}&fresh=true`)).body
        .limit
    expect(await limit()).toBe(10)
    const page = await openPage(`/plans/${planId}`, { role: 'catalogue' })
    const row = page.getByRole('row').filter({ hasText: featureId })
    await row.getByText(`(inherited from ${parentId})`).waitFor()
    await row.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: /^Limit/ }).fill('25')
    await dialog.getByRole('button', { name: 'Keep for review' }).click()
    await row.getByText('not saved').waitFor()
    await page.getByRole('button', { name: 'Review 1 change' }).click()
    await dialog.getByText(`1 plan would change: ${planId}.`).waitFor()
    await expectAccessible(page)
    expect(await limit()).toBe(10)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('(overridden here)').waitFor()
    expect(await limit()).toBe(25)
    await row.getByRole('button', { name: 'Inherit again' }).click()
    await page.getByRole('button', { name: 'Review 1 change' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText(`(inherited from ${parentId})`).waitFor()
    expect(await limit()).toBe(10)
  })

  it('that somebody else has changed meanwhile is not overwritten', async () => {
    const { planId } = await family()
    const page = await openPage(`/plans/${planId}`, { role: 'catalogue', refused: [412] })
    await page.getByLabel('Rank').fill('7')
    await api.patch(`/plans/${planId}`, { rank: 3 })
    await page.getByRole('button', { name: 'Review 1 change' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else has changed this plan meanwhile').waitFor()
    expect((await api.get(`/plans/${planId}`)).body.rank).toBe(3)
  })

  it('stays as it is for whoever may only look', async () => {
    const { planId } = await family()
    const page = await openPage(`/plans/${planId}`, { role: 'support' })
    expect(await page.getByRole('button', { name: 'Duplicate' }).isDisabled()).toBe(true)
    expect(await page.getByLabel('Rank').isDisabled()).toBe(true)
  })
})

it('a feature is made, described beside somebody else who does so, and archived', async () => {
  const featureId = unique('made')
  const page = await openPage('/features', { role: 'catalogue', refused: [400, 412] })
  await page.getByRole('button', { name: 'New feature' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Id').fill(featureId)
  await dialog.getByLabel('Name').fill('Exports to the moon')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: 'Exports to the moon' }).waitFor()
  await page.getByLabel('Description').fill('By rocket')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect
    .poll(async () => (await api.get(`/features/${featureId}`)).body.description)
    .toBe('By rocket')

  const name = page.getByRole('textbox', { name: 'Name' })
  await name.fill('Mine')
  await api.patch(`/features/${featureId}`, { name: 'Theirs' })
  await page.route('**/v1/catalogue', (route) => route.fulfill({ status: 400, json: {} }))
  const broken = page.waitForResponse('**/v1/catalogue')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').waitFor()
  await broken
  await page.unroute('**/v1/catalogue')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Somebody else has changed this feature meanwhile').waitFor()
  expect(await name.inputValue()).toBe('Mine')
  await page.getByRole('button', { name: 'Forget my edits' }).click()
  await page.getByRole('heading', { name: 'Theirs', level: 1 }).waitFor()
  expect(await name.inputValue()).toBe('Theirs')
  await page.getByRole('button', { name: 'Archive' }).click()
  await dialog.getByRole('button', { name: 'Archive' }).click()
  await page.getByText('· archived').waitFor()
})

it('a key is made for a role, shown once, works, and works no more when it is revoked', async () => {
  const name = unique('ann')
  const page = await openPage('/settings/keys')
  await page.getByRole('button', { name: 'New key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await choose(page, 'For', 'somebody who looks')
  await dialog.getByLabel('Works until').fill('2099-12-31')
  await dialog.getByRole('button', { name: 'Create' }).click()
  const once = page.getByRole('region', { name: 'The new key' })
  const key = (await once.textContent())?.match(/sluice_sk_[a-z]+_[0-9A-Za-z]{38}/)?.[0] ?? ''
  const expiresAt = '2100-01-01T00:00:00.000Z'
  expect((await apiWith(key).get('/me')).body).toMatchObject({ role: 'viewer', expiresAt })
  await once.getByRole('button', { name: 'I have it' }).click()
  await page.getByRole('button', { name: `Revoke: ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('row').filter({ hasText: name }).getByText('revoked').waitFor()
  await page.reload()
  expect(await page.getByText(key).count()).toBe(0)
})

/** A plan that inherits a meter from another. */
async function family() {
  const featureId = unique('units')
  const parentId = unique('parent')
  const planId = unique('child')
  await api.put(`/features/${featureId}`, { type: 'meter' })
  await api.put(`/plans/${parentId}`, { allowances: { [featureId]: { limit: 10 } } })
  await api.put(`/plans/${planId}`, { parentId, rank: 1 })
  return { featureId, parentId, planId }
}
