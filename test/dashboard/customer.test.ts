/** A customer's page, as people who help customers use it. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  act,
  choose,
  expectAccessible,
  expectNoSidewaysScroll,
  openPage,
} from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

const CALLS = 'API calls'

describe("a customer's features", () => {
  it('are there with their limits, what they come from, and why they are denied', async () => {
    const customerId = await customerWith('pro')
    await use(customerId, 96_000)
    const page = await openPage(`/customers/${customerId}`)
    await expectText(row(page, CALLS), '96,000 of 100,000', 'within limit', 'pro')
    await expectText(row(page, 'Basic dashboard'), 'Yes', 'inherited', 'pro from starter')
    await expectText(row(page, 'Single sign-on'), 'No', 'not in plan')
    await expectAccessible(page)
    await page.getByRole('searchbox', { name: 'Feature' }).fill('sign-on')
    await row(page, CALLS).waitFor({ state: 'detached' })
    expect(page.url()).toContain('q=sign-on')
    expect(await savedBy(page)).toMatch(
      /featureId,name,type,hasAccess,reason.*\r\nsso,Single sign-on,boolean,false,not_in_plan,/,
    )
  })

  it('are overridden with a reason and an end, seen by others at once, and reverted', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { role: 'support' })
    const other = await openPage(`/customers/${customerId}`, { role: 'viewer' })
    await expectText(row(other, CALLS), '0 of 1,000')
    await other.getByText('· live').waitFor()
    await act(page, CALLS, 'Override …')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Limit' }).fill('5,000')
    await dialog.getByLabel('Until (UTC)').fill('2030-01-02T03:04')
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Proof of concept')
    await dialog.getByText('The limit will be 5,000 in place of 1,000').waitFor()
    await expectAccessible(page)
    const saidAt = Date.now()
    await dialog.getByRole('button', { name: 'Override' }).click()
    await expectText(row(other, CALLS), '0 of 5,000', 'overridden')
    console.log(`the override was seen by another after ${Date.now() - saidAt} ms`)
    await expectText(row(other, CALLS), 'Proof of concept', '2 Jan 2030, 03:04 UTC')
    expect(await limitOf(customerId)).toBe(5_000)
    await act(page, CALLS, 'Revert to the plan')
    await page.getByRole('dialog').getByRole('button', { name: 'Revert' }).click()
    await expectText(row(other, CALLS), '0 of 1,000')
    expect(await limitOf(customerId)).toBe(1_000)
  })

  it('take a value and a yes in place of what a plan says', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`)
    await act(page, 'Regions', 'Override …')
    const value = page.getByRole('textbox', { name: 'Value' })
    await value.fill('[eu]')
    await page.getByText('That is no JSON').waitFor()
    await value.fill('["eu", "us"]')
    await page.getByRole('dialog').getByRole('button', { name: 'Override' }).click()
    await expectText(row(page, 'Regions'), 'Yes', '"eu"', 'overridden')
    await act(page, 'Single sign-on', 'Override …')
    await page.getByRole('dialog').getByRole('button', { name: 'Override' }).click()
    await expectText(row(page, 'Single sign-on'), 'Yes', 'on', 'overridden')
  })

  it('are overridden in what else a plan says, and each field says what is wrong with it', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { refused: [400] })
    await act(page, CALLS, 'Override …')
    const dialog = page.getByRole('dialog')
    const send = dialog.getByRole('button', { name: 'Override' })
    expect(await send.isDisabled()).toBe(true)
    await dialog.getByText('More', { exact: true }).click()
    await choose(page, 'What is left at the end of a period', 'is carried over in part')
    await dialog.getByLabel('Percent of it').fill('50')
    await choose(page, 'Warnings', 'at percentages')
    await dialog.getByLabel('Percent of the limit').fill('2000, 50')
    await choose(page, 'Periods begin with', 'the calendar (UTC)')
    await send.click()
    await dialog.getByText(/^Expected: .*1000/).waitFor()
    await dialog.getByLabel('Percent of the limit').fill('90, 50')
    await expectAccessible(page)
    await send.click()
    await send.waitFor({ state: 'detached' })
    const { body } = await api.get(`/customers/${customerId}/overrides`)
    const rollover = { percent: 50, max: null }
    expect(body.data[0].allowance).toEqual({ anchor: 'calendar', rollover, alertsAt: [50, 90] })
    expect(await limitOf(customerId)).toBe(1_000)
    await act(page, CALLS, 'Change the override …')
    expect(await dialog.getByLabel('Percent of the limit').inputValue()).toBe('50, 90')
  })

  it('are as they were when a change does not reach the service, and the page says so', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { alone: true })
    await page.getByText('· live').waitFor()
    await act(page, CALLS, 'Override …')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Limit' }).fill('5000')
    const waiting: (() => Promise<void>)[] = []
    await page.route('**/overrides/**', (route) => {
      waiting.push(() => route.abort('internetdisconnected'))
    })
    const lose = async () => {
      await expect.poll(() => waiting.length).toBe(1)
      await waiting.pop()?.()
    }
    // What is behind a dialog is there for the eyes alone.
    const foreseen = page.getByText('0 of 5,000')
    await dialog.getByRole('button', { name: 'Override' }).click()
    await foreseen.waitFor()
    await lose()
    await dialog.getByRole('alert').getByText('The service cannot be reached.').waitFor()
    await foreseen.waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Override' }).click()
    await foreseen.waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await lose()
    await page.getByText('The service cannot be reached.').first().waitFor()
    await expectText(row(page, CALLS), '0 of 1,000')
    expect(await row(page, CALLS).getByText('overridden').count()).toBe(0)
  })

  it('keep of an override what nobody has changed, to the second', async () => {
    const customerId = await customerWith('starter')
    const expiresAt = '2030-01-02T03:04:30.000Z'
    const standing = { allowance: { limit: 5 }, expiresAt }
    await api.put(`/customers/${customerId}/overrides/api-calls`, standing)
    const page = await openPage(`/customers/${customerId}`, { role: 'support' })
    await act(page, CALLS, 'Change the override …')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('As agreed')
    await dialog.getByRole('button', { name: 'Override' }).click()
    await expectText(row(page, CALLS), '0 of 5', 'As agreed')
    const { body } = await api.get(`/customers/${customerId}/overrides`)
    expect(body.data[0]).toMatchObject({ reason: 'As agreed', expiresAt })
  })

  it('show what is refused, and what was before', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { refused: [422, 400] })
    await act(page, CALLS, 'Override …')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Limit' }).fill('7')
    await dialog.getByLabel('Until (UTC)').fill('2020-01-01T00:00')
    await dialog.getByRole('button', { name: 'Override' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expectText(row(page, CALLS), '0 of 1,000')
  })
})

describe("a customer's meters", () => {
  it('are set and reset, and their ledger tells of both', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { role: 'support' })
    await act(page, CALLS, 'Set usage …')
    await page.getByRole('textbox', { name: 'Used' }).fill('990')
    await page.getByRole('dialog').getByRole('button', { name: 'Set usage' }).click()
    await expectText(row(page, CALLS), '990 of 1,000')
    await act(page, CALLS, 'Reset usage …')
    await page.getByRole('dialog').getByText('990 used will be 0').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Reset usage' }).click()
    await expectText(row(page, CALLS), '0 of 1,000')
    await act(page, CALLS, 'Usage history')
    const ledger = page.getByRole('table', { name: 'Ledger' })
    await expectText(ledger, 'set', '990', 'reset', '-990')
    await page.getByRole('table', { name: 'Usage by day' }).waitFor()
    await expectAccessible(page)
  })

  it('are not for viewers to change, and the menu says so', async () => {
    const customerId = await customerWith('starter')
    const page = await openPage(`/customers/${customerId}`, { role: 'viewer' })
    await page.getByRole('button', { name: `Actions for ${CALLS}` }).click()
    await page.getByText('Your role may not change this').waitFor()
    const set = page.getByRole('menuitem', { name: 'Set usage …', exact: true })
    expect(await set.getAttribute('aria-disabled')).toBe('true')
    expect(await page.getByRole('button', { name: 'Edit' }).isDisabled()).toBe(true)
  })
})

describe('a customer itself', () => {
  it('may be called anything, on a phone as well', async () => {
    const name = `<img src=x onerror=alert(1)><b>שלום‮ gnp</b> 🧪👩‍👩‍👧‍👦 ${'W'.repeat(200)}`
    const customerId = await customerWith('starter', name)
    const page = await openPage(`/customers/${customerId}`, { phone: true })
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
    await row(page, CALLS).waitFor()
    await expectNoSidewaysScroll(page)
  })

  it('is edited, given a token and a link, and archived when nothing runs any more', async () => {
    const customerId = await customerWith(null)
    const page = await openPage(`/customers/${customerId}`, { refused: [400] })
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Renamed')
    await page.getByRole('textbox', { name: 'E-mail' }).fill('nobody')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Expected: an e-mail address').waitFor()
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ann@example.com')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: 'Renamed' }).waitFor()
    await page.getByRole('button', { name: 'Browser token' }).click()
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByText('It is shown this once').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Portal link' }).click()
    await page.getByRole('button', { name: 'Make a link' }).click()
    const link = await page.getByRole('link', { name: 'Open it' }).getAttribute('href')
    const portal = await fetch(link ?? '')
    expect([portal.status, (await portal.text()).includes('Renamed')]).toEqual([200, true])
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Archive' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
    await page.getByText(/^Archived \d/).waitFor()
    await page.getByText('· archived').waitFor()
  })
})

async function customerWith(planId: string | null, name?: string): Promise<string> {
  const customerId = unique('dash')
  await api.put(`/customers/${customerId}`, name === undefined ? {} : { name })
  if (planId !== null) {
    await api.post(`/customers/${customerId}/subscriptions`, { planId, chargePeriod: 'monthly' })
  }
  return customerId
}

async function use(customerId: string, value: number): Promise<void> {
  await api.post('/usage', { customerId, featureId: 'api-calls', behaviour: 'set', value })
}

async function limitOf(customerId: string): Promise<unknown> {
  const { body } = await api.get(`/access?customerId=${customerId}&featureId=api-calls`)
  return body.limit
}

function row(page: Page, name: string) {
  return page
    .getByRole('table', { name: 'Features of this customer' })
    .getByRole('row')
    .filter({ has: page.getByText(name, { exact: true }) })
}

async function savedBy(page: Page): Promise<string> {
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as CSV' }).click()
  return readFileSync(await (await saving).path(), 'utf8')
}

/** Waits until all of it is there. */
async function expectText(place: ReturnType<typeof row>, ...texts: readonly string[]) {
  for (const text of texts) await place.getByText(text).first().waitFor()
}
