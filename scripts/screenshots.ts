/**
 * `npm run screenshots`: pictures of every page of the dashboard, with the demo's data, into docs/images/.
 *
 * It starts a service of its own on fresh data, and leaves nothing behind but the pictures.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import { startLocal } from './dev/local.ts'
import { freePort } from './dev/port.ts'
import { wrangler } from './dev/wrangler.ts'
import { command } from './dev/refusal.ts'
import { ROOT } from './install.mjs'
import { seedDocument } from './seed/document.ts'
import { load } from './seed/load.ts'

const IMAGES = join(ROOT, 'docs/images')

/** What is shown: by the picture's name, the path below /dashboard. */
const PAGES = {
  home: '/',
  customers: '/customers',
  customer: '/customers/override-co',
  subscriptions: '/customers/downgrade-co?tab=subscriptions',
  explain: '/customers/boston-co?tab=explain&feature=api-calls',
  timeline: '/customers/pro-co?tab=timeline',
  plans: '/plans',
  plan: '/plans/us-pro',
  catalogue: '/catalogue',
  features: '/features',
  feature: '/features/api-calls',
  keys: '/settings/keys',
  webhooks: '/settings/webhooks',
  origins: '/settings/origins',
  audit: '/settings/audit',
  payments: '/settings/payments',
} as const

type PageName = keyof typeof PAGES

interface Look {
  readonly colorScheme: 'light' | 'dark'
  readonly viewport: { readonly width: number; readonly height: number }
  readonly pages: readonly PageName[]
}

const DESK = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

const LOOKS: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light', viewport: DESK, pages: Object.keys(PAGES) as PageName[] },
  dark: { colorScheme: 'dark', viewport: DESK, pages: Object.keys(PAGES) as PageName[] },
  phone: { colorScheme: 'light', viewport: PHONE, pages: Object.keys(PAGES) as PageName[] },
}

/** A month of checks: more by day than by night, and fewer of them denied the more of them there are. */
const CHECKS = `WITH RECURSIVE ago(hours) AS (SELECT 0 UNION ALL SELECT hours + 1 FROM ago WHERE hours < 720)
  INSERT INTO statistics (at, feature_id, granted, denied)
  SELECT (unixepoch() / 3600 - hours) * 3600000, feature, granted * daily / 10, denied * (daily + hours % 5) / 14
  FROM (SELECT hours, 4 + abs((unixepoch() / 3600 - hours) % 24 - 12) * -1 + 12 AS daily FROM ago),
    (SELECT 'api-calls' AS feature, 900 AS granted, 40 AS denied UNION ALL VALUES ('sso', 60, 55),
      ('advanced-analytics', 220, 95), ('white-label', 12, 30), ('team-members', 140, 12))`

/** In the reverse order, at the end. */
const undo: (() => Promise<void>)[] = []

await command(async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void end().finally(() => process.exit(130)))
  try {
    await import('./dashboard.ts')
    const { url, key } = await ownService()
    const browser = await openBrowser()
    undo.push(() => browser.close())
    mkdirSync(IMAGES, { recursive: true })
    for (const [name, look] of Object.entries(LOOKS))
      await takeAll(browser, { url, key }, name, look)
  } finally {
    await end()
  }
  process.exit(0)
})

async function end(): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}

async function ownService(): Promise<{ readonly url: string; readonly key: string }> {
  const stateFolder = mkdtempSync(join(tmpdir(), 'sluice-screenshots-'))
  undo.push(async () => rmSync(stateFolder, { recursive: true, force: true, maxRetries: 5 }))
  const { url, key, server } = await startLocal({ port: await freePort(), stateFolder, key: null })
  undo.push(() => server.stop())
  await server.ready
  const demo = seedDocument(readFileSync(join(ROOT, 'scripts/demo.json'), 'utf8'))
  await load(demo, { url, key, now: Date.now() })
  wrangler('d1', 'execute', 'DB', '--local', '--persist-to', stateFolder, '--command', CHECKS)
  return { url, key }
}

async function takeAll(
  browser: Browser,
  service: { readonly url: string; readonly key: string },
  name: string,
  { pages, ...options }: Look,
): Promise<void> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await signIn(page, service)
  for (const each of pages) {
    await page.goto(`${service.url}/dashboard${PAGES[each]}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: join(IMAGES, `${each}-${name}.png`) })
    console.log(`docs/images/${each}-${name}.png`)
  }
  await context.close()
}

async function signIn(
  page: Page,
  { url, key }: { readonly url: string; readonly key: string },
): Promise<void> {
  await page.goto(`${url}/dashboard/`)
  await page.getByLabel('Secret key').fill(key)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}
