import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { ORIGIN } from '../support/service.ts'
import { consume, customerOn } from './customers.ts'
import { type Application, serveApplication } from './openfeature-page.ts'

const TEXT = readFileSync(join(import.meta.dirname, '../../docs/openfeature.md'), 'utf8')
const [, PROGRAM = ''] = TEXT.match(/^```js\n((?:(?!```).)*OFREPWebProvider.*?)^```/ms) ?? []

let browser: Browser
let application: Application
let customerId: string

beforeAll(async () => {
  customerId = (await customerOn('starter')).customerId
  const button = '<button id="invite" disabled>Invite</button>'
  application = await serveApplication(customerId, button, PROGRAM)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser.close()
  application.close()
})

describe('a page of another origin, as docs/openfeature.md shows it', () => {
  it('shows what its customer may do, asks again when it is looked at, and follows what changes', async () => {
    const page = await browser.newPage()
    const asked: Response[] = []
    page.on('response', (response) => {
      if (response.url().startsWith(ORIGIN)) asked.push(response)
    })
    await page.goto(application.url)
    await page.locator('#invite:enabled').waitFor()
    await lookAt(page)
    await expect.poll(() => asked.map((response) => response.status())).toEqual([200, 304])
    await consume(customerId, 'team-members', 3)
    await lookAt(page)
    await page.locator('#invite:disabled').waitFor()
    expect(asked.at(-1)?.status()).toBe(200)
    await page.close()
  })
})

/** Brings the page's tab back into sight. */
async function lookAt(page: Page): Promise<void> {
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
}
