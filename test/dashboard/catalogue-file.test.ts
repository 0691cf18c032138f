/** The catalogue as a file: saved, looked at before it is applied, refused item by item. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

const FIELD = 'A file of JSON, as it is saved here'

describe('the catalogue as a file', () => {
  it('is saved as it stands, and changes nothing when it comes back', async () => {
    const { planId } = await sold()
    const page = await openPage('/catalogue', { role: 'catalogue' })
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as JSON' }).click()
    const saved = await saving
    expect(saved.suggestedFilename()).toMatch(/^catalogue-sandbox-\d+\.json$/)
    const file = await saved.path()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      plans: expect.arrayContaining([expect.objectContaining({ id: planId, name: planId })]),
    })
    await page.getByLabel(FIELD).setInputFiles(file)
    await page.getByText('Nothing: the catalogue says all of this already.').waitFor()
  })

  it('is applied after a look at what changes and whom it reaches, unless somebody else came first', async () => {
    const { planId, featureId, customerId } = await sold()
    const made = unique('made')
    const page = await openPage('/catalogue', { role: 'catalogue', refused: [412] })
    await choose(page, {
      features: [
        { id: featureId, type: 'meter' },
        { id: made, type: 'boolean' },
      ],
      plans: [{ id: planId, name: 'Smaller', allowances: { [featureId]: { limit: 5 } } }],
    })
    const review = page.getByRole('region', { name: 'What would change' })
    await review.getByText(`features/${made} is new`).waitFor()
    await review.getByText(`allowances/${featureId}/limit: 10 → 5`).waitFor()
    await page.getByText(`1 plan would change: ${planId}.`).waitFor()
    await page.getByText(`${customerId} would be over the limit of ${featureId}`).waitFor()
    await expectAccessible(page)
    expect(await limitOf(planId, featureId)).toBe(10)

    await api.patch(`/plans/${planId}`, { rank: 4 })
    await page.getByRole('button', { name: 'Apply 2 changes' }).click()
    await page.getByText('Somebody else has changed the catalogue meanwhile').waitFor()
    expect(await limitOf(planId, featureId)).toBe(10)
    await review.getByText('rank: 4 → –').waitFor()

    await page.getByRole('button', { name: 'Apply 2 changes' }).click()
    await page.getByText('Nothing: the catalogue says all of this already.').waitFor()
    expect(await limitOf(planId, featureId)).toBe(5)
    expect((await api.get(`/features/${made}`)).status).toBe(200)
  })

  it('that is none is refused with what is wrong where, also on a phone', async () => {
    const { planId, featureId } = await sold()
    const page = await openPage('/catalogue', { role: 'catalogue', phone: true, refused: [400] })
    await choose(page, {
      features: [{ id: featureId, type: 'meter', typo: 1 }],
      plans: [{ id: planId, rank: -1, allowances: { [featureId]: { limit: 'many' } } }],
    })
    const wrong = page.getByRole('list', { name: 'What is wrong' }).getByRole('listitem')
    await wrong.filter({ hasText: `feature ${featureId}: typo` }).waitFor()
    await wrong.filter({ hasText: `plan ${planId}: rank` }).waitFor()
    await wrong.filter({ hasText: `plan ${planId}: allowances/${featureId}/limit` }).waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await page.getByLabel(FIELD).setInputFiles(fileOf('{"features": ['))
    await page.getByText('It is no JSON').waitFor()
    await page.getByLabel(FIELD).setInputFiles(fileOf('[]'))
    await page.getByText('It is no catalogue').waitFor()
  })

  it('is saved, but not applied, by whoever may only look', async () => {
    const page = await openPage('/catalogue', { role: 'viewer' })
    await page.getByRole('button', { name: 'Save as JSON' }).waitFor()
    await page.getByText('Files are applied by whoever looks after the catalogue.').waitFor()
    expect(await page.getByLabel(FIELD).count()).toBe(0)
  })
})

/** A plan with a meter of 10, and a customer who has used 8 of it. */
async function sold() {
  const [featureId, planId, customerId] = [unique('units'), unique('plan'), unique('holder')]
  await api.put(`/features/${featureId}`, { type: 'meter' })
  await api.put(`/plans/${planId}`, { allowances: { [featureId]: { limit: 10 } } })
  await api.put(`/customers/${customerId}`, {})
  await api.post(`/customers/${customerId}/subscriptions`, { planId })
  await api.post('/consume', { customerId, featureId, quantity: 8 })
  await expect.poll(() => overLimitAt(5, planId, featureId)).toBe(1)
  return { featureId, planId, customerId }
}

/** How many holders would be over that limit, as far as the use of theirs has been told to where previews look. */
async function overLimitAt(limit: number, planId: string, featureId: string): Promise<unknown> {
  const allowances = { [featureId]: { limit } }
  return (await api.put(`/plans/${planId}?dryRun=true`, { allowances })).body.overLimit
}

async function limitOf(planId: string, featureId: string): Promise<unknown> {
  return (await api.get(`/plans/${planId}`)).body.allowances[featureId].limit
}

/** Chooses a file that says this, and leaves the default plan as it is. */
async function choose(page: Page, said: object): Promise<void> {
  const { defaultPlanId } = (await api.get('/catalogue')).body
  await page.getByLabel(FIELD).setInputFiles(fileOf(JSON.stringify({ ...said, defaultPlanId })))
}

function fileOf(text: string) {
  return { name: 'catalogue.json', mimeType: 'application/json', buffer: Buffer.from(text) }
}
