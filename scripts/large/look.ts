/** What people wait for in a browser, page by page. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { planOf } from './catalogue.ts'
import { idOf } from './customers.ts'

/** A page, opened for the first time and again. */
export interface Opened {
  readonly what: string
  readonly cold: Wait
  readonly warm: Wait
}

/** Until something is painted, and until what the page is for can be read. */
export interface Wait {
  readonly paintMs: number
  readonly contentMs: number
}

/** Something done on a page that stands. */
export interface Done {
  readonly what: string
  readonly ms: number
}

export interface Looked {
  readonly opened: readonly Opened[]
  readonly done: readonly Done[]
}

interface Service {
  readonly url: string
  readonly key: string
}

interface Place {
  readonly what: string
  /** Below /dashboard. */
  readonly path: string
  /** Is there once what the page is for can be read. */
  readonly content: (page: Page) => Locator
}

/** Opens every page on a service that holds this many customers, and does on them what people do. */
export async function lookAtAll(
  browser: Browser,
  service: Service,
  customers: number,
): Promise<Looked> {
  const context = await browser.newContext({ viewport: DESK })
  const page = await signedIn(context, service)
  const cookies = await context.cookies()
  const opened: Opened[] = []
  for (const place of placesOf(customers)) {
    const anew = await browser.newContext({ viewport: DESK })
    await anew.addCookies(cookies)
    opened.push(await openTwice(await anew.newPage(), service, place))
    await anew.close()
  }
  const done = [
    ...(await onCustomers(page, service, customers)),
    ...(await onMatrix(page, service)),
    ...(await inPalette(page, customers)),
    ...(await onEditor(page, service)),
  ]
  await context.close()
  return { opened, done }
}

const DESK = { width: 1280, height: 800 }

function placesOf(customers: number): readonly Place[] {
  const middle = idOf(Math.ceil(customers / 2))
  const plan = planOf('Juniper', 'Enterprise EU')
  const row = (page: Page) => page.getByRole('row').nth(1)
  return [
    { what: 'Home', path: '/', content: (page) => page.getByRole('heading', { level: 2 }).first() },
    { what: 'Customers', path: '/customers', content: row },
    { what: 'A customer', path: `/customers/${middle}`, content: row },
    { what: 'Plans: the matrix', path: '/plans', content: row },
    { what: 'A plan', path: `/plans/${plan}`, content: row },
    { what: 'Features', path: '/features', content: row },
  ]
}

/** First with nothing kept of the files, as when somebody follows a link. */
async function openTwice(page: Page, service: Service, place: Place): Promise<Opened> {
  const cold = await open(page, service, place)
  const warm = await open(page, service, place)
  return { what: place.what, cold, warm }
}

async function open(page: Page, { url }: Service, { path, content }: Place): Promise<Wait> {
  const startedAt = performance.now()
  await page.goto(`${url}/dashboard${path}`, { waitUntil: 'commit' })
  await content(page).waitFor()
  const contentMs = performance.now() - startedAt
  return { paintMs: await page.evaluate<number>(PAINTED), contentMs }
}

/** Paints are told a little later than they are made. */
const PAINTED = `new Promise((resolve) => new PerformanceObserver((list) => {
  const [first] = list.getEntriesByName('first-contentful-paint')
  if (first !== undefined) resolve(first.startTime)
}).observe({ type: 'paint', buffered: true }))`

async function onCustomers(page: Page, { url }: Service, customers: number): Promise<Done[]> {
  await page.goto(`${url}/dashboard/customers`)
  const search = page.getByRole('searchbox', { name: 'Begins with' })
  const sought = idOf(Math.ceil(customers / 3))
  await search.fill(sought.slice(0, -1))
  await page.waitForLoadState('networkidle')
  const found = await timed('Customers: the last key of an id, until it stands alone', async () => {
    await search.press(`End`)
    await search.pressSequentially(sought.slice(-1))
    await page.getByRole('row').filter({ hasText: sought }).waitFor()
    await page.getByRole('row').nth(2).waitFor({ state: 'detached' })
  })
  await page.goto(`${url}/dashboard/customers`)
  await page.getByRole('row').nth(1).waitFor()
  const first = (await page.getByRole('row').nth(1).textContent()) ?? ''
  const next = await timed('Customers: the next page', async () => {
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.getByRole('row').nth(1).filter({ hasNotText: first }).waitFor()
  })
  return [found, next]
}

async function onMatrix(page: Page, { url }: Service): Promise<Done[]> {
  await page.goto(`${url}/dashboard/plans`)
  const matrix = page.getByRole('region', { name: 'Features by plan' })
  await matrix.getByRole('row').nth(1).waitFor()
  const down = await longestFrame(page, 'Matrix: the longest frame, scrolling to its end', [0, 400])
  const across = await longestFrame(page, 'Matrix: the longest frame, scrolling across', [400, 0])
  const search = page.getByRole('searchbox')
  const typed = await timed('Matrix: a word typed, until only its rows stand', async () => {
    await search.fill('webhooks')
    await matrix.getByRole('row').nth(12).waitFor({ state: 'detached' })
  })
  return [down, across, typed]
}

async function inPalette(page: Page, customers: number): Promise<Done[]> {
  const sought = idOf(Math.ceil(customers / 4))
  await page.keyboard.press('Control+k')
  const field = page.getByPlaceholder('A page, a customer')
  await field.waitFor()
  const found = await timed('Palette: an id typed, until it is offered', async () => {
    await field.fill(sought)
    await page.getByRole('option', { name: sought }).waitFor()
  })
  await page.keyboard.press('Escape')
  return [found]
}

async function onEditor(page: Page, { url }: Service): Promise<Done[]> {
  await page.goto(`${url}/dashboard/plans/${planOf('Juniper', 'Enterprise EU')}`)
  const edit = page.getByRole('button', { name: /^Edit: / }).first()
  await edit.waitFor()
  const opened = await timed('A plan: a value’s editor', async () => {
    await edit.click()
    await page.getByRole('dialog').waitFor()
  })
  return [opened]
}

async function timed(what: string, work: () => Promise<void>): Promise<Done> {
  const startedAt = performance.now()
  await work()
  return { what, ms: performance.now() - startedAt }
}

const TURNS = 40

/** Turns the wheel over the matrix, and notes how long the page was not drawn. */
async function longestFrame(
  page: Page,
  what: string,
  [x, y]: readonly [x: number, y: number],
): Promise<Done> {
  await page.getByRole('region', { name: 'Features by plan' }).hover()
  await page.evaluate(NOTE_FRAMES)
  for (let turn = 0; turn < TURNS; turn++) await page.mouse.wheel(x, y)
  return { what, ms: await page.evaluate<number>(LONGEST_FRAME) }
}

const NOTE_FRAMES = `{
  window.longestFrame = 0
  let before = performance.now()
  const note = (at) => {
    window.longestFrame = Math.max(window.longestFrame, at - before)
    before = at
    window.frame = requestAnimationFrame(note)
  }
  window.frame = requestAnimationFrame(note)
}`

const LONGEST_FRAME = `new Promise((resolve) => setTimeout(() => {
  cancelAnimationFrame(window.frame)
  resolve(window.longestFrame)
}, 300))`

async function signedIn(context: BrowserContext, { url, key }: Service): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${url}/dashboard/`)
  await page.getByLabel('Secret key').fill(key)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
  return page
}
