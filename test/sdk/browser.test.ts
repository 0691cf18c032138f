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
    await page.setContent('<h1 id="title">?</h1>')
    await page.addScriptTag({
      content: `document.getElementById('title').textContent = [1, 2].at(-1) + String(typeof WebSocket)`,
      type: 'module',
    })
    expect(await page.locator('#title').textContent()).toBe('2function')
  } finally {
    await browser.close()
  }
})
