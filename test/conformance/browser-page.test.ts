/** The page of `examples/react-vite/`, built as its users build it, in a real browser, on another origin than Sluice's. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { api, KEY, ORIGIN } from '../support/service.ts'
import { access, bodyOf, customerOn, report } from './customers.ts'

const ROOT = join(import.meta.dirname, '../../examples/react-vite')

let browser: Browser
let customerId: string
let application: { readonly process: ChildProcess; readonly url: string }
let page: Page
/** What the page has asked Sluice. */
const asked: { readonly method: string; readonly path: string; readonly credential: string }[] = []

beforeAll(async () => {
  customerId = (await customerOn('starter')).customerId
  const built = build({
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    define: { 'import.meta.env.VITE_SLUICE_URL': JSON.stringify(ORIGIN) },
  })
  ;[browser, application] = await Promise.all([openBrowser(), serving(customerId), built])
  page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  page.on('request', (request) => {
    if (!request.url().startsWith(ORIGIN)) return
    const { pathname } = new URL(request.url())
    const credential = request.headers()['authorization'] ?? ''
    asked.push({ method: request.method(), path: pathname, credential })
  })
  await page.goto(application.url)
})
afterAll(async () => {
  await browser.close()
  application.process.kill()
})

describe('a page of another origin', () => {
  it('shows what its customer has', async () => {
    await shows('#calls', '1000 calls left')
    await shows('#sso', 'No single sign-on.')
    expect(await page.locator('h1').textContent()).toBe(customerId)
    expect(await page.locator('tr').count()).toBeGreaterThan(10)
  })

  it('uses a meter, and shows what is left', async () => {
    await page.locator('button').click()
    await shows('#calls', '999 calls left')
    expect((await access(customerId, 'api-calls')).used).toBe(1)
  })

  it('hears of what changes elsewhere while it is open, without a reload or a question', async () => {
    const before = asked.length
    const override = { allowance: { enabled: true } }
    await bodyOf(api.put(`/customers/${customerId}/overrides/sso`, override))
    await shows('#sso', 'Single sign-on is yours.')
    await report(customerId, 'api-calls', 'set', 1000)
    await shows('#calls', '0 calls left')
    expect(await page.locator('button').isDisabled()).toBe(true)
    expect(asked.slice(before)).toEqual([])
  })

  it('has shown its customer’s token alone: the key never leaves its server', () => {
    expect(asked.length).toBeGreaterThan(1)
    expect(
      asked.filter(({ credential }) => !/^Bearer ey[\w-]+\.[\w-]+\.[\w-]+$/.test(credential)),
    ).toEqual([])
    const folder = join(ROOT, 'dist/assets')
    const scripts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(scripts.some((text) => text.includes(ORIGIN))).toBe(true)
    expect(scripts.filter((text) => text.includes(KEY))).toEqual([])
  })
})

async function shows(selector: string, text: string): Promise<void> {
  await page.locator(selector, { hasText: text }).waitFor()
}

/** The page's own server, as a process, once it listens. */
async function serving(CUSTOMER: string) {
  const env = { ...process.env, SLUICE_URL: ORIGIN, SLUICE_KEY: KEY, CUSTOMER, PORT: '0' }
  const started = spawn(process.execPath, ['server.mjs'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const url of createInterface(started.stdout)) return { process: started, url }
  throw new Error('The server of the page has ended.')
}
