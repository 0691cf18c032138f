import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { signerBySecret } from '../support/access-team.ts'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  keyOf,
  openPage,
  sendAs,
} from '../support/dashboard.ts'
import { ACCESS, api, send, unique } from '../support/service.ts'

const NOBODY = { role: null, refused: [401] }

describe('whom Cloudflare Access lets in', () => {
  it('needs no key, is named in the log, and leaves by the way of Access', async () => {
    const customerId = unique('vouched')
    await api.put(`/customers/${customerId}`, {})
    const page = await openPage(`/customers/${customerId}`, {
      ...NOBODY,
      headers: await ACCESS.header(),
    })
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Renamed')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Renamed', level: 1 }).waitFor()
    await page.goto(page.url().replace(/\/customers.*/, `/settings/audit?actor=ann@example.com`))
    await page.getByRole('cell', { name: 'ann@example.com' }).first().waitFor()
    await page.getByText(`customers/${customerId}`).first().waitFor()
    await page.route('**/cdn-cgi/access/logout', (route) => route.fulfill({ body: 'Gone' }))
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByText('ann@example.com · admin').waitFor()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL('**/cdn-cgi/access/logout')
    expect(await page.context().cookies()).toEqual([])
  })

  it('comes back to where it was when its session is over', async () => {
    const customerId = unique('again')
    await api.put(`/customers/${customerId}`, {})
    const page = await openPage('/customers', { ...NOBODY, headers: await ACCESS.header() })
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
    await endSessionOf(page)
    const again = page.waitForEvent('load')
    await page.getByRole('searchbox').fill(customerId)
    await again
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
    await page.getByRole('searchbox').fill(customerId)
    await page.getByRole('table').getByText(customerId).waitFor()
  })

  it('is told why it is nobody here, and may show a key', async () => {
    const headers = await ACCESS.header({ claims: { email: 'eve@example.org' } })
    const page = await openPage('/customers', { role: null, headers, phone: true, refused: [403] })
    await page.getByText('eve@example.org has no role here').waitFor()
    const other = page.getByRole('link', { name: 'Come in as somebody else' })
    expect(await other.getAttribute('href')).toBe('/cdn-cgi/access/logout')
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await page.getByLabel('Secret key').fill(await keyOf('viewer'))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
  })

  it('is turned away at the door with anything but what the team has signed', async () => {
    const { team, header } = ACCESS
    const [jwk] = (team.certs() as { readonly keys: readonly object[] }).keys
    for (const differing of [
      { claims: { aud: ['f'.repeat(64)] } },
      { claims: { iss: 'https://acme.cloudflareaccess.com' } },
      { claims: { exp: 1 } },
      { header: { kid: 'guessed' } },
      { header: { alg: 'HS256' }, sign: signerBySecret(JSON.stringify(jwk)) },
    ]) {
      const headers = await header(differing)
      const { status, body } = await send({ method: 'GET', path: '/v1/session', headers })
      expect([status, body.code]).toEqual([403, 'sign_in_refused'])
    }
    const claims = { email: 'Kim@support.example.com' }
    const headers = await header({ claims })
    const { body } = await send({ method: 'GET', path: '/v1/session', headers })
    expect(body).toMatchObject({ role: 'support', email: 'kim@support.example.com' })
  })
})

it('keeps a session that is in use: the service hears of it now and then', async () => {
  const page = await openPage('/customers')
  await page.clock.install({ time: new Date() })
  await page.reload()
  await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
  await page.clock.fastForward('11:00')
  const kept = page.waitForResponse((response) => response.url().endsWith('/v1/session'))
  await page.getByRole('searchbox').fill(unique('nobody'))
  await page.clock.runFor(1_000)
  expect((await kept).status()).toBe(200)
})

/** Signs out of the page's session, as somebody else with its cookie would. */
async function endSessionOf(page: Page): Promise<void> {
  const [cookie] = await page.context().cookies()
  const text = `${cookie?.name}=${cookie?.value}`
  const headers = { Cookie: text, ...(await ACCESS.header()) }
  const { body } = await send({ method: 'GET', path: '/v1/session', headers })
  const { status } = await sendAs({ cookie: text, csrfToken: body.csrfToken }, 'DELETE', '/session')
  expect(status).toBe(200)
}
