import { expect, it } from 'vitest'
import { start, WAYS } from '../support/browser.ts'

const found = await Promise.all(
  Object.entries(WAYS).map(async ([way, find]) => [way, await find()] as const),
)
const here = found.flatMap(([way, chromium]) => (chromium === null ? [] : [{ way, chromium }]))

it('finds a Chromium on this machine', () => {
  expect(here.length).toBeGreaterThan(0)
})

it.each(here)('starts the $way one, which runs what a page of today says', async ({ chromium }) => {
  const browser = await start(chromium)
  try {
    const page = await browser.newPage()
    await page.setContent('<span id="title">?</span>')
    await page.addScriptTag({
      content: `document.getElementById('title').textContent = [1, 2].at(-1) + String(typeof WebSocket)`,
      type: 'module',
    })
    expect(await page.locator('#title').textContent()).toBe('2function')
    // Without a font there is nothing to be seen, whatever the document says.
    expect(await page.locator('#title').isVisible()).toBe(true)
    const { width = 0 } = (await page.locator('#title').boundingBox()) ?? {}
    expect(width).toBeGreaterThan(0)
  } finally {
    await browser.close()
  }
})
