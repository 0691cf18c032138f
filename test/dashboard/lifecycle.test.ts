import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ALLOWED } from '../../dashboard/customers/lifecycle.ts'
import { lifecycleTable } from '../../entitlements/lifecycle.ts'
import {
  act,
  choose,
  expectAccessible,
  expectNoSidewaysScroll,
  openPage,
} from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

describe('the subscriptions of a customer', () => {
  it('are offered exactly what the lifecycle allows', () => {
    const told = lifecycleTable().map(({ status, action, effect }) => [
      status,
      action,
      effect !== null,
    ])
    const offered = lifecycleTable().map(({ status, action }) => [
      status,
      action,
      ALLOWED[status].includes(action),
    ])
    expect(offered).toEqual(told)
  })

  it('begin, change with a preview, and end when it is said', async () => {
    const customerId = await newCustomer()
    const page = await openPage(`/customers/${customerId}?tab=subscriptions`)
    await page.getByText('No subscriptions yet').waitFor()
    await page.getByRole('button', { name: 'New subscription' }).click()
    await choose(page, 'Plan', 'Starter (starter)')
    await page.getByRole('button', { name: 'Subscribe', exact: true }).click()
    await page.getByRole('heading', { name: 'Starter', exact: true }).waitFor()
    await expectAccessible(page)

    await act(page, 'Starter', 'Change plan …')
    await choose(page, 'Plan', 'Enterprise (enterprise)')
    await page.getByRole('table', { name: 'What would change' }).waitFor()
    await expectAccessible(page)
    await choose(page, 'When', 'Now')
    await page.getByRole('table', { name: 'What would change' }).waitFor()
    await page.getByRole('button', { name: 'Change the plan' }).click()
    await page.getByRole('heading', { name: 'Enterprise', exact: true }).waitFor()

    await act(page, 'Enterprise', 'Cancel …')
    await choose(page, 'When', 'Now')
    await page.getByRole('button', { name: 'Cancel the subscription' }).click()
    await page.getByText('ended', { exact: true }).waitFor()
    const { body } = await api.get(`/customers/${customerId}/subscriptions`)
    expect(body.data).toMatchObject([{ planId: 'enterprise', status: 'ended' }])
  })

  it('say what is allowed where the service refuses, and go on as time does', async () => {
    const customerId = await newCustomer()
    const { body } = await api.post(`/customers/${customerId}/subscriptions`, {
      planId: 'starter',
      chargePeriod: 'monthly',
    })
    const page = await openPage(`/customers/${customerId}?tab=subscriptions`, {
      role: 'support',
      refused: [409],
    })
    await act(page, 'Starter', 'Pause …')
    await page.getByRole('dialog').waitFor()
    await api.post(`/subscriptions/${body.id}/pause`)
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('alert').getByText('Allowed: ').waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByText('paused', { exact: true }).waitFor()
    await act(page, 'Starter', 'Resume …')
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByText('active', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Test clock' }).click()
    await page.getByRole('spinbutton', { name: 'Days' }).fill('40')
    await page.getByRole('button', { name: 'Move forward' }).click()
    await page.getByText('Test clock: ').waitFor()
  })

  it('are for a viewer to look at, on a phone as well', async () => {
    const customerId = await newCustomer()
    await api.post(`/customers/${customerId}/subscriptions`, {
      planId: 'starter',
      chargePeriod: 'monthly',
    })
    const page = await openPage(`/customers/${customerId}?tab=subscriptions`, {
      role: 'viewer',
      theme: 'dark',
      phone: true,
    })
    await page.getByRole('heading', { name: 'Starter', exact: true }).waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    expect(await page.getByRole('button', { name: 'New subscription' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Actions for Starter' }).click()
    await page.getByText('Your role may not change this').waitFor()
  })
})

describe('why and when', () => {
  it('explains an answer to its plan, rule by rule, and tells what would change it', async () => {
    const customerId = await newCustomer()
    const { body } = await api.post(`/customers/${customerId}/subscriptions`, {
      planId: 'starter',
      chargePeriod: 'monthly',
    })
    const page = await openPage(`/customers/${customerId}?tab=explain&feature=api-calls`)
    await page.getByText('Has access', { exact: true }).waitFor()
    await page.getByRole('table', { name: 'Lots' }).getByText(body.id).waitFor()
    await expectAccessible(page)
    await choose(page, 'Feature', 'Single sign-on (sso)')
    await page.getByText('No access', { exact: true }).waitFor()
    const steps = await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').count()
    expect(steps).toBeGreaterThan(2)
    await page.getByRole('link', { name: 'enterprise', exact: true }).waitFor()
    await page.getByText('A change to a plan that has it, or an add-on').waitFor()
    await api.put(`/customers/${customerId}/overrides/sso`, {
      allowance: { enabled: true },
      reason: 'Promised',
      expiresAt: '2130-01-02T03:04:00Z',
    })
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.getByText('“Promised”').waitFor()
    await page.getByText(/^Made .* by key conformance$/).waitFor()
    await page.getByText('The override expires: 2 Jan 2130, 03:04 UTC').waitFor()
    await page.getByRole('link', { name: 'sso under Features' }).click()
    await page.getByRole('button', { name: 'Actions for Single sign-on' }).waitFor()
    expect(await page.getByRole('button', { name: /^Actions for / }).count()).toBe(1)
  })

  it('tells events and changes by time, with what the API says on demand', async () => {
    const customerId = await newCustomer()
    await api.post(`/customers/${customerId}/subscriptions`, {
      planId: 'starter',
      chargePeriod: 'monthly',
    })
    const page = await openPage(`/customers/${customerId}?tab=timeline`, { role: 'viewer' })
    const told = page.getByRole('list', { name: 'What happened, the newest first' })
    await told.getByText('Subscribed to starter.').click()
    await told.getByText('"type": "subscription.created"').waitFor()
    await told.getByText('Key conformance: subscriptions.create on').waitFor()
    await expectAccessible(page)
    const times = await timesOn(page)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  it('reads further back in both lists until all is told, each once and in order', async () => {
    const customerId = await newCustomer()
    const { body } = await api.post(`/customers/${customerId}/subscriptions`, {
      planId: 'starter',
      chargePeriod: 'monthly',
    })
    for (let time = 0; time < 26; time += 1) {
      await api.post(`/subscriptions/${body.id}/pause`)
      await api.post(`/subscriptions/${body.id}/resume`)
    }
    const page = await openPage(`/customers/${customerId}?tab=timeline`, { phone: true })
    const begun = page.getByText('The customer was created.')
    await page.getByText('The subscription to starter was resumed.').first().waitFor()
    expect(await begun.count()).toBe(0)
    const entries = page.locator('ol time')
    const older = page.getByRole('button', { name: 'Older' })
    const reading = page.getByRole('button', { name: 'Older', disabled: true })
    for (let read = 0; read < 5 && (await older.count()) > 0; read += 1) {
      const before = await entries.count()
      await older.click()
      await expect.poll(() => entries.count()).toBeGreaterThan(before)
      await reading.waitFor({ state: 'detached' })
    }
    await begun.waitFor()
    expect(await page.getByText('The subscription to starter was paused.').count()).toBe(26)
    expect(await page.getByText(': subscriptions.pause on').count()).toBe(26)
    const times = await timesOn(page)
    expect(times).toEqual(times.toSorted().toReversed())
    await expectNoSidewaysScroll(page)
  })
})

/** One of whom nothing is known but its id. */
async function newCustomer(): Promise<string> {
  const customerId = unique('lifecycle')
  await api.put(`/customers/${customerId}`, {})
  return customerId
}

/** Of everything that the timeline shows, as it shows it. */
function timesOn(page: Page): Promise<string[]> {
  return page.evaluate('[...document.querySelectorAll("ol time")].map((each) => each.dateTime)')
}
