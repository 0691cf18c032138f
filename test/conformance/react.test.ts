/** An application with React: rendered by its server, taken over by a real browser, which asks with its customer's token. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { api, KEY, ORIGIN } from '../support/service.ts'
import { access, bodyOf, consume, customerOn, subscribe } from './customers.ts'

type HtmlFor = (asked: {
  readonly url: string
  readonly key: string
  readonly customerId: string
  readonly isRendered: boolean
  readonly isLive: boolean
}) => Promise<string>

const folder = mkdtempSync(join(tmpdir(), 'sluice-react-'))
const server = createServer((request, response) => void answer(request, response))
let origin = ''
let browser: Browser
let htmlFor: HtmlFor
let script = ''

beforeAll(async () => {
  const [opened, built, rendering] = await Promise.all([
    openBrowser(),
    bundle('react-browser.tsx', false),
    bundle('react-server.tsx', true),
  ])
  browser = opened
  script = built.code
  htmlFor = (await import(pathToFileURL(rendering.file).href)).htmlFor
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await browser.close()
  server.close()
  rmSync(folder, { recursive: true })
})

describe('a page that its server has rendered', () => {
  it('says what the customer has before a script runs', async () => {
    const { customerId } = await customerOn('enterprise')
    const html = await (await fetch(`${origin}/${customerId}`)).text()
    expect(html).toContain('<p id="sso">welcome</p>')
    expect(html).toContain('<output id="calls">0</output>')
  })

  it('is taken over by a browser as it is, which asks nothing for that', async () => {
    const { customerId } = await customerOn('starter')
    const { page, said, asked } = await opened(customerId)
    await page.waitForFunction('globalThis.recovered')
    await page.locator('#use:enabled').waitFor()
    expect(await shown(page)).toEqual({ sso: 'not_in_plan', calls: '0', ten: 'ten more' })
    expect(await page.locator('#all li').count()).toBeGreaterThan(10)
    expect(await page.evaluate('recovered')).toEqual([])
    expect(said).toEqual([])
    expect(asked).toEqual([])
  })

  it('tells, were it another than the server’s: React would recover, and say so', async () => {
    const { customerId } = await customerOn('starter')
    const { page } = await opened(customerId, (html) => html.replace('not_in_plan', 'welcome'))
    await page.waitForFunction('recovered.length > 0')
    expect(await shown(page)).toMatchObject({ sso: 'not_in_plan' })
  })

  it('shows what was used at once, without asking for all of it again', async () => {
    const { customerId } = await customerOn('starter')
    const { page, asked } = await opened(customerId)
    await page.locator('#use').click()
    await page.locator('#calls', { hasText: '5' }).waitFor()
    expect(asked).toEqual(['POST 200'])
    expect((await access(customerId, 'api-calls')).used).toBe(5)
  })

  it('closes a gate once too little is left', async () => {
    const { customerId } = await customerOn('starter')
    const usage = { customerId, featureId: 'api-calls', behaviour: 'delta', value: 987 }
    await bodyOf(api.post('/usage', usage))
    const { page } = await opened(customerId)
    expect(await shown(page)).toMatchObject({ calls: '987', ten: 'ten more' })
    await page.locator('#use').click()
    await page.locator('#ten', { hasText: 'too few' }).waitFor()
    expect(await shown(page)).toMatchObject({ calls: '992' })
  })

  it('looks again when it comes into view: a body only where something has changed', async () => {
    const { customerId } = await customerOn('starter')
    const { page, asked } = await opened(customerId)
    expect(await comesBack(page, asked)).toBe('GET 200')
    expect(await comesBack(page, asked)).toBe('GET 304')
    const override = { allowance: { enabled: true } }
    await bodyOf(api.put(`/customers/${customerId}/overrides/sso`, override))
    expect(await comesBack(page, asked)).toBe('GET 200')
    await page.locator('#sso', { hasText: 'welcome' }).waitFor()
  })
})

describe('a page that its server has not rendered', () => {
  it('waits, asks, and shows', async () => {
    const { customerId } = await customerOn('enterprise')
    const html = await (await fetch(`${origin}/${customerId}?plain`)).text()
    expect(html).toContain('<p id="sso">wait</p>')
    const { page, said } = await opened(`${customerId}?plain`)
    await page.locator('#sso', { hasText: 'welcome' }).waitFor()
    expect(await page.evaluate('recovered')).toEqual([])
    expect(said).toEqual([])
  })
})

describe('a page that listens', () => {
  it('sees a purchase, an override and what others use up, without a reload and without asking', async () => {
    const { customerId } = await customerOn('starter')
    const { page, said, asked } = await opened(`${customerId}?live`)
    const sees = async (id: string, hasText: string, change: () => Promise<unknown>) => {
      const began = performance.now()
      await change()
      await page.locator(id, { hasText }).waitFor()
      console.log(`seen after ${Math.round(performance.now() - began)} ms: ${hasText}`)
    }
    const override = { allowance: { enabled: true } }
    await sees('#sso', 'welcome', () =>
      bodyOf(api.put(`/customers/${customerId}/overrides/sso`, override)),
    )
    await sees('#calls', '7', () => consume(customerId, 'api-calls', 7))
    await sees('#ten', 'too few', () => consume(customerId, 'api-calls', 990))
    await sees('#all', 'white-label: enabled', () => subscribe(customerId, 'white-label-kit'))
    expect(asked.filter((each) => each !== 'GET 101')).toEqual([])
    expect(await page.evaluate('recovered')).toEqual([])
    expect(said).toEqual([])
  })
})

/** A browser’s page of this customer, what its console complains of, and what it asks Sluice, as `GET 200`. */
async function opened(path: string, change?: (html: string) => string) {
  const page = await browser.newPage()
  const said: string[] = []
  page.setDefaultTimeout(20_000)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') said.push(message.text())
  })
  page.on('pageerror', (error) => said.push(String(error)))
  // A page of which no server has come is a stranger to this machine, and may not call it.
  if (change !== undefined) {
    await page.route(`${origin}/${path}`, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: change(await response.text()) })
    })
  }
  const asked: string[] = []
  page.on('response', (response) => {
    const request = response.request()
    if (response.url().startsWith(ORIGIN)) asked.push(`${request.method()} ${response.status()}`)
  })
  await page.goto(`${origin}/${path}`)
  await page.waitForFunction('globalThis.recovered')
  return { page, said, asked }
}

async function shown(page: Page) {
  const [sso, calls, ten] = await Promise.all(
    ['#sso', '#calls', '#ten'].map((id) => page.locator(id).textContent()),
  )
  return { sso, calls, ten }
}

/** As if another tab had been looked at; resolves with what came of asking again. */
async function comesBack(page: Page, asked: readonly string[]): Promise<string | undefined> {
  const before = asked.length
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(before + 1)
  return asked.at(-1)
}

/** The application's server: its page, its script, and a token for its customer. Sluice has an origin of its own. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', origin)
  if (pathname === '/page.js') return say(response, 'text/javascript', script)
  if (pathname === '/favicon.ico') return say(response, 'text/plain', '')
  if (pathname === '/token') {
    const whose = new URL(request.headers.referer ?? '').pathname
    const body = { scopes: ['read', 'usage'] }
    const { token } = await bodyOf(api.post(`/customers${whose}/tokens`, body))
    return say(response, 'text/plain', token)
  }
  const customerId = pathname.slice(1)
  const [isRendered, isLive] = [search !== '?plain', search === '?live']
  const html = await htmlFor({ url: ORIGIN, key: KEY, customerId, isRendered, isLive })
  return say(response, 'text/html; charset=utf-8', html)
}

function say(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type)
  response.end(body)
}

/** One file of `test/support/` with all that it needs. */
async function bundle(name: string, isServer: boolean) {
  const input = join(import.meta.dirname, '../support', name)
  const outDir = join(folder, name)
  const result = await build({
    configFile: false,
    logLevel: 'error',
    // Development's React: it says more.
    mode: 'development',
    define: { 'process.env.NODE_ENV': '"development"' },
    ...(isServer && { ssr: { noExternal: true } }),
    build: {
      outDir,
      minify: false,
      ssr: isServer,
      rolldownOptions: { input, output: { entryFileNames: 'out.mjs' } },
    },
  })
  if (!('output' in result)) throw new Error('Nothing was built.')
  return { code: result.output[0].code, file: join(outDir, 'out.mjs') }
}
