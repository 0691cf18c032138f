/**
 * The dashboard as people have it: real pages of the built files, in a real browser, on the running service.
 *
 * One browser serves all files. A test fails for what its page would not show: an error on the console, an answer that
 * refuses, a request to anybody else.
 */
import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import type { Role } from '../../schema/keys.ts'
import { openBrowser } from './browser.ts'
import { makeKey, ORIGIN, type Reply, send } from './service.ts'

/** How a page is opened. */
export interface Opening {
  /** Who is signed in; null: nobody. */
  readonly role?: Role | null
  readonly theme?: 'light' | 'dark'
  readonly phone?: boolean
  /** What stands before the service adds to each request. */
  readonly headers?: Readonly<Record<string, string>>
  /** In a profile that no other test has: what is done to the browser itself ends with the test. */
  readonly alone?: boolean
  /** Statuses that the test provokes: any other refusal of the service fails it. */
  readonly refused?: readonly number[]
  /** The test has the page do what its own policy forbids. */
  readonly blocked?: boolean
}

/** Whoever is signed in, as requests beside the page need it. */
export interface Person {
  readonly cookie: string
  readonly csrfToken: string
}

const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 800 }

let browser: Promise<Browser> | null = null
const people = new Map<Role, Promise<Person>>()
/** By whom they are for: tests share what a profile keeps of the files, which is most of what opening a page takes. */
const profiles = new Map<string, Promise<BrowserContext>>()

/** Opens a page below `/dashboard`, signed in as an admin unless said otherwise; it ends with the test. */
export async function openPage(path: string, opening: Opening = {}): Promise<Page> {
  const context = await profileFor(opening)
  const page = await context.newPage()
  onTestFinished(() => page.close())
  watch(page, opening)
  await page.goto(`${ORIGIN}/dashboard${path}`)
  return page
}

/** A session of this role, one for all tests. */
export function signedIn(role: Role): Promise<Person> {
  const known = people.get(role) ?? signIn(role)
  people.set(role, known)
  return known
}

/** A new key of this role. */
export function keyOf(role: Role): Promise<string> {
  return makeKey({ scopes: ['read', 'usage', 'manage'], role })
}

/** A request as a page sends it, with a session's cookie and, unless told not to, its proof. */
export function sendAs(
  { cookie, csrfToken }: Person,
  method: string,
  path: string,
  { body, proof = csrfToken }: { readonly body?: unknown; readonly proof?: string | null } = {},
): Promise<Reply> {
  const headers = {
    Cookie: cookie,
    'Content-Type': 'application/json',
    ...(proof !== null && { 'Sluice-Csrf': proof }),
  }
  return send({
    method,
    path: `/v1${path}`,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

/** Chooses one of a list, by the list's label. */
export async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

/** Takes one of the actions that there are for something, by its name. */
export async function act(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
  await page.getByRole('menuitem', { name: action, exact: true }).click()
}

/** Nothing on the page keeps anybody out, as far as a machine can tell. */
export async function expectAccessible(page: Page): Promise<void> {
  // There are no frames of others to look into, and nobody reads what is in order.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const told = grave.map(({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html)])
  expect(told).toEqual([])
}

/** The page is as wide as its window: what is wider scrolls in a frame of its own. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const [whole, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  expect(whole).toBeLessThanOrEqual(window)
}

/** The profile that such pages share; one of its own for whoever is alone, or is let in by something else. */
async function profileFor(opening: Opening): Promise<BrowserContext> {
  const { role = 'admin', headers, alone = role === null || headers !== undefined } = opening
  if (alone) {
    const context = await openContext(opening)
    onTestFinished(() => context.close())
    return context
  }
  const { theme = 'light', phone = false } = opening
  const name = `${role} ${theme} ${phone}`
  const known = profiles.get(name) ?? openContext(opening)
  profiles.set(name, known)
  return known
}

async function openContext(opening: Opening): Promise<BrowserContext> {
  const { role = 'admin', theme = 'light', phone = false, headers = {} } = opening
  browser ??= openBrowser()
  const context = await (
    await browser
  ).newContext({
    colorScheme: theme,
    reducedMotion: 'reduce',
    viewport: phone ? PHONE : DESK,
    isMobile: phone,
    hasTouch: phone,
    extraHTTPHeaders: headers,
  })
  context.setDefaultTimeout(15_000)
  if (role !== null) await bringCookie(context, await signedIn(role))
  return context
}

/** Notes what goes wrong on a page, and has its test fail for it. */
function watch(page: Page, { refused = [], blocked = false }: Opening): void {
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(`thrown: ${error.message}`))
  page.on('console', (message) => {
    // That a request was refused is told below, with its address.
    const isRefusal = message.text().startsWith('Failed to load resource')
    const isBlocked = blocked && message.text().includes('Content Security Policy')
    if (message.type() === 'error' && !isRefusal && !isBlocked)
      wrong.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !isOurs(request.url()))
      wrong.push(`elsewhere: ${request.url()}`)
  })
  page.on('response', (response) => {
    const status = response.status()
    if (status >= 400 && !refused.includes(status))
      wrong.push(`${status}: ${response.request().method()} ${response.url()}`)
  })
  onTestFinished(() => expect(wrong).toEqual([]))
}

function isOurs(url: string): boolean {
  return new URL(url).host === new URL(ORIGIN).host
}

async function signIn(role: Role): Promise<Person> {
  const { status, headers, body } = await send({
    method: 'POST',
    path: '/v1/session',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key: await keyOf(role) }),
  })
  expect(status).toBe(200)
  const cookie = headers.get('Set-Cookie')?.split(';', 1).join('') ?? ''
  return { cookie, csrfToken: body.csrfToken }
}

async function bringCookie(context: BrowserContext, { cookie }: Person): Promise<void> {
  const [name = '', value = ''] = cookie.split('=', 2)
  const { hostname } = new URL(ORIGIN)
  await context.addCookies([
    { name, value, domain: hostname, path: '/', secure: true, httpOnly: true, sameSite: 'Strict' },
  ])
}
