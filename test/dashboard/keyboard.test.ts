import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { openPage } from '../support/dashboard.ts'

it('is walked by keyboard alone: past the head, by the palette, along what is seen', async () => {
  const page = await openPage('/customers')
  await page.getByRole('table').waitFor()
  await page.getByRole('button', { name: 'Account' }).waitFor()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the page')
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('page')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Save as CSV')

  await page.keyboard.press('Control+k')
  const search = page.getByPlaceholder('A page, a customer, a plan, a feature')
  await search.waitFor()
  await page.keyboard.press('Escape')
  await search.waitFor({ state: 'hidden' })

  await page.keyboard.press('Control+k')
  await search.waitFor()
  // What is lit changes with each result that comes in: the last one is waited for.
  const answered = page.waitForResponse((response) => response.url().includes('q=pro-co'))
  await page.keyboard.type('pro-co')
  await answered
  const wanted = page.getByRole('option', { name: /\(pro-co\)/ })
  await wanted.waitFor()
  for (let step = 0; step < 20; step += 1) {
    if ((await wanted.getAttribute('data-highlighted')) !== null) break
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('Enter')
  await page.waitForURL('**/dashboard/customers/pro-co')
  // The keys go on from the new page's title, which a screen reader says.
  await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1')
})

it('has its parts in the order in which they are read', async () => {
  const page = await openPage('/customers')
  await page.getByRole('table').waitFor()
  await page.getByRole('button', { name: 'Account' }).waitFor()
  const order: string[] = []
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('Tab')
    order.push(await focused(page))
  }
  expect(order.slice(0, 8)).toEqual([
    'Skip to the page',
    expect.stringContaining('Search'),
    'Account',
    'Home',
    'Customers',
    'Plans',
    'Features',
    'Settings',
  ])
})

/** What the focus is on, by its label or text. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    `(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()`,
  )
}
