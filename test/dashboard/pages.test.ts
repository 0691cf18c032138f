import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { expectAccessible, expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, send } from '../support/service.ts'

const FIRST_LOAD_BYTES = 250_000
const PUBLIC = join(import.meta.dirname, '../../public')
const DASHBOARD = join(import.meta.dirname, '../../dashboard')

describe('every page', () => {
  const PAGES = [
    ['/', 'Home', 'dark'],
    ['/customers', 'Customers', 'light'],
    ['/customers/pro-co', '', 'dark'],
    ['/plans', 'Plans', 'light'],
    ['/plans/pro', '', 'dark'],
    ['/features', 'Features', 'light'],
    ['/features/api-calls', '', 'light'],
    ['/catalogue', '', 'dark'],
    ['/settings', 'Settings', 'light'],
    ['/settings/keys', 'Settings', 'dark'],
    ['/settings/webhooks', 'Settings', 'light'],
    ['/settings/webhooks/$webhookId', '', 'dark'],
    ['/settings/origins', 'Settings', 'light'],
    ['/settings/payments', 'Settings', 'dark'],
    ['/settings/audit', 'Settings', 'light'],
  ] as const

  it.each(PAGES)(
    '%s opens by its address, in light or dark, and on a phone',
    async (path, place, theme) => {
      const page = await openPage(await addressOf(path), { theme })
      const title = page.getByRole('heading', { level: 1 })
      await title.waitFor()
      const waiting = page.getByRole('status', { name: 'Loading' })
      await expect.poll(() => waiting.count()).toBe(0)
      expect(await title.count()).toBe(1)
      expect(await page.title()).toMatch(/ · Sluice$/)
      expect(await page.getByRole('banner').getByText('Sandbox', { exact: true }).isVisible()).toBe(
        true,
      )
      const here = page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current=page]')
      if (place !== '') expect(await here.textContent()).toBe(place)
      await page.locator(`html[data-mode=${theme}]`).waitFor()
      await expectAccessible(page)
      await page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(page)
    },
  )

  it('that the router knows is among them', () => {
    const source = (file: string) => readFileSync(join(DASHBOARD, file), 'utf8')
    const routes = [...source('router.tsx').matchAll(/ path: '([^']+)'/g)].map(([, path]) => path)
    const sections = [...source('settings/page.tsx').matchAll(/^  (\w+): \{$/gm)].map(
      ([, name]) => `/settings/${name}`,
    )
    expect([routes.length, sections.length].every((count) => count >= 5)).toBe(true)
    for (const path of [...routes, ...sections]) {
      const form = new RegExp(`^${path?.replaceAll(/\$\w+/g, '[^/]+')}$`)
      expect(PAGES.map(([opened]) => opened).filter((opened) => form.test(opened))).not.toEqual([])
    }
  })

  it('is kept in the colours that somebody chose', async () => {
    const page = await openPage('/customers', { alone: true })
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Dark', exact: true }).click()
    await page.reload()
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.locator('html').getAttribute('data-mode')).toBe('dark')
  })

  it('that is none says so', async () => {
    const page = await openPage('/customers/a/b/c')
    await page.getByText('There is no such page').waitFor()
    await expectAccessible(page)
  })
})

describe('the files', () => {
  it('let no script run but their own, and be framed by nobody', async () => {
    for (const path of ['/dashboard/', '/dashboard/customers/pro-co', '/dashboard/settings/keys']) {
      const { status, headers } = await send({ method: 'GET', path })
      expect(status).toBe(200)
      const policy = headers.get('Content-Security-Policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
    const page = await openPage('/customers', { blocked: true })
    await page.getByRole('table').waitFor()
    const broken = await page.evaluate(`new Promise((tell) => {
      addEventListener('securitypolicyviolation', ({ violatedDirective }) => tell(violatedDirective))
      const textContent = 'window.hasRun = true'
      document.body.append(Object.assign(document.createElement('script'), { textContent }))
    })`)
    expect(broken).toBe('script-src-elem')
    expect(await page.evaluate('window.hasRun')).toBe(undefined)
  })

  it('weigh less than 250 KB until the list of customers stands', async () => {
    const customers = await openPage('/customers')
    await customers.getByRole('table').waitFor()
    const loaded: string[] = []
    customers.on('response', (response) => loaded.push(new URL(response.url()).pathname))
    await customers.reload()
    await customers.getByRole('table').waitFor()
    await customers.getByRole('button', { name: 'Account' }).waitFor()
    const files = [...new Set(loaded)].filter((each) => each.startsWith('/dashboard/assets/'))
    const bytes = files.map((file) => gzipSync(readFileSync(join(PUBLIC, file))).length)
    const whole = bytes.reduce((sum, each) => sum + each, 0)
    console.log(`First load: ${Math.round(whole / 1000)} KB gzip in ${files.length} files`)
    expect(files.filter((file) => file.endsWith('.js')).length).toBeGreaterThan(1)
    expect(whole).toBeLessThan(FIRST_LOAD_BYTES)
  })
})

/** The address of a page; of an endpoint's, with one that there is. */
async function addressOf(path: string): Promise<string> {
  if (!path.includes('$')) return path
  const url = 'http://127.0.0.1:9/hooks'
  const { body } = await api.post('/webhooks', { url, events: ['grace.*'] })
  return path.replace('$webhookId', body.id)
}
