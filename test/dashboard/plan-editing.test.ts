/** Plans from their first to their last day, as product people make, copy, price, edit and archive them. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { choose, expectAccessible, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

describe('a plan', () => {
  it('is made of a kind and below another, priced, copied, archived and brought back', async () => {
    const { parentId } = await family()
    const planId = unique('extra')
    const page = await openPage('/plans', { role: 'catalogue', refused: [412] })
    await page.getByRole('button', { name: 'New plan' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: /^Id/ }).fill(parentId)
    await dialog.getByText('A plan has this id already').waitFor()
    expect(await dialog.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: /^Id/ }).fill(planId)
    await dialog.getByRole('textbox', { name: /^Name/ }).fill(planId)
    await choose(page, 'Kind', 'add-on: beside it, any number')
    await choose(page, 'Inherits from', `${parentId} (${parentId})`)
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: planId, level: 1 }).waitFor()
    expect(await planOf(planId)).toMatchObject({ kind: 'addon', parentId })

    await page.getByRole('textbox', { name: 'Amount' }).fill('1,999.5')
    await page.getByRole('button', { name: 'Set price' }).click()
    await page.getByText('$1,999.50 monthly').waitFor()
    await review(page, 1)
    const price = { chargePeriod: 'monthly', amount: 199_950, currency: 'USD' }
    expect((await planOf(planId)).prices).toEqual([price])

    await page.getByRole('button', { name: 'Duplicate' }).click()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: `${planId} (copy)`, level: 1 }).waitFor()
    expect(await planOf(`${planId}-2`)).toMatchObject({ kind: 'addon', parentId, prices: [price] })

    await page.getByRole('button', { name: 'Duplicate' }).click()
    await api.put(`/plans/${planId}-2-2`, { name: 'Theirs' })
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('alert').waitFor()
    expect(await planOf(`${planId}-2-2`)).toMatchObject({ name: 'Theirs', prices: [] })
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'Archive' }).click()
    await dialog.getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('button', { name: 'Bring back' }).click()
    await page.getByRole('button', { name: 'Archive' }).waitFor()
    expect(await planOf(`${planId}-2`)).toMatchObject({ archivedAt: null, prices: [price] })
  })

  it('takes away what it inherits, gives it back, and keeps edits until they are saved or forgotten', async () => {
    const { planId, parentId, featureId } = await family()
    const page = await openPage(`/plans/${planId}`, { role: 'catalogue' })
    const row = page.getByRole('row').filter({ hasText: featureId })
    await row.getByRole('button', { name: 'Remove here' }).click()
    await row.getByText(`(removed by ${planId})`).waitFor()
    await row.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'No changes' }).waitFor()
    const inherited = row.getByText(`(inherited from ${parentId})`)
    await choose(page, 'Inherits from', 'no plan')
    await inherited.waitFor({ state: 'detached' })
    await choose(page, 'Inherits from', parentId)
    await inherited.waitFor()
    await row.getByRole('button', { name: 'Remove here' }).click()
    await page.getByRole('link', { name: 'Features', exact: true }).click()
    const leaving = page.getByRole('dialog', { name: 'Leave without saving?' })
    await leaving.getByRole('button', { name: 'Cancel' }).click()
    await review(page, 1)
    expect((await planOf(planId)).allowances).toEqual({ [featureId]: { removed: true } })
    await row.getByRole('button', { name: 'Inherit again' }).click()
    await review(page, 1)
    await row.getByText(`(inherited from ${parentId})`).waitFor()
    expect((await planOf(planId)).allowances).toEqual({})
    await page.getByLabel('Rank').fill('9')
    await page.getByRole('link', { name: 'Features', exact: true }).click()
    await leaving.getByRole('button', { name: 'Leave' }).click()
    await page.getByRole('heading', { name: 'Features', level: 1 }).waitFor()
  })

  it('says everything that a meter can, and what cannot be', async () => {
    const { planId, featureId } = await family()
    const page = await openPage(`/plans/${planId}`, { role: 'catalogue' })
    await page.getByRole('button', { name: `Edit: ${featureId}` }).click()
    const dialog = page.getByRole('dialog')
    const field = (name: RegExp) => dialog.getByRole('textbox', { name })
    await field(/^Limit/).fill('-3')
    await dialog.getByText('A whole number from 0.').waitFor()
    expect(await dialog.getByRole('button', { name: 'Keep for review' }).isDisabled()).toBe(true)
    await field(/^Limit/).fill('2,500')
    await choose(page, 'At the limit', 'warn and let go on (soft)')
    await choose(page, 'Starts anew', 'quarterly')
    await choose(page, 'Counted from', 'the calendar (UTC)')
    await field(/^Carried over, in percent/).fill('50')
    await field(/^Carried over at most/).fill('100')
    await field(/^Warn at/).fill('100, 80')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Keep for review' }).click()
    await review(page, 1)
    expect((await planOf(planId)).allowances[featureId]).toEqual({
      limit: 2500,
      enforcement: 'soft',
      reset: 'quarterly',
      anchor: 'calendar',
      rollover: { percent: 50, max: 100 },
      alertsAt: [80, 100],
      onPlanChange: 'carry',
    })
    await page.getByRole('button', { name: `Edit: ${featureId}` }).click()
    await field(/^Carried over at most/).fill('a lot')
    await choose(page, 'Starts anew', 'never')
    await dialog.getByRole('button', { name: 'Keep for review' }).click()
    await review(page, 1)
    expect((await planOf(planId)).allowances[featureId]).toMatchObject({
      reset: 'never',
      rollover: null,
    })
  })
})

it('what a parent has taken away cannot be inherited again below it, but stated', async () => {
  const { planId: parentId, featureId } = await family()
  await api.patch(`/plans/${parentId}`, { allowances: { [featureId]: { removed: true } } })
  const planId = unique('grandchild')
  await api.put(`/plans/${planId}`, { parentId, rank: 2 })
  const page = await openPage(`/plans/${planId}`, { role: 'catalogue' })
  const row = page.getByRole('row').filter({ hasText: featureId })
  await row.getByText(`(removed by ${parentId})`).waitFor()
  await row.getByRole('button', { name: 'Add' }).waitFor()
  expect(await row.getByRole('button').count()).toBe(1)
})

it('a plan is shown beside others, by name and id, with its price', async () => {
  const { planId, featureId } = await family()
  await api.patch(`/plans/${planId}`, {
    prices: [{ chargePeriod: 'yearly', amount: 9900, currency: 'EUR' }],
  })
  const page = await openPage(`/plans?q=${planId}`)
  await page.getByRole('columnheader', { name: `${planId} · €99.00 yearly` }).waitFor()
  await page.goto(page.url().replace(planId, featureId))
  await page.getByRole('rowheader', { name: featureId }).waitFor()
  await page.goto(page.url().replace(featureId, unique('nothing')))
  await page.getByText('No plan and no feature has that').waitFor()
})

/** Looks at what is to be saved, and saves it. */
async function review(page: Page, changes: number): Promise<void> {
  await page.getByRole('button', { name: `Review ${changes} change` }).click()
  await page.getByRole('dialog').getByText('Customers who hold them').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'No changes' }).waitFor()
}

async function planOf(planId: string) {
  return (await api.get(`/plans/${planId}`)).body
}

/** A plan that inherits a meter from another. */
async function family() {
  const [featureId, parentId, planId] = [unique('units'), unique('parent'), unique('child')]
  await api.put(`/features/${featureId}`, { type: 'meter' })
  await api.put(`/plans/${parentId}`, { allowances: { [featureId]: { limit: 10 } } })
  await api.put(`/plans/${planId}`, { parentId, rank: 1 })
  return { featureId, parentId, planId }
}
