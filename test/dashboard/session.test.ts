import { describe, expect, it } from 'vitest'
import { expectAccessible, keyOf, openPage, sendAs, signedIn } from '../support/dashboard.ts'
import { api, makeKey, send, unique } from '../support/service.ts'

const NOBODY = { role: null, refused: [401] }

describe('signing in', () => {
  it('takes a key, shows who is there and where, and keeps the key nowhere', async () => {
    const key = await keyOf('support')
    const page = await openPage('/customers', NOBODY)
    await page.getByLabel('Secret key').fill(key)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
    expect(await page.getByText('Sandbox', { exact: true }).isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByText('conformance · support').waitFor()
    const kept = await page.evaluate<string>(
      'JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])',
    )
    expect(kept).not.toContain(key)
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: '__Host-sluice', httpOnly: true, sameSite: 'Strict' })
    expect(cookie?.value).not.toContain(key)
  })

  it('says of a key that is none, and of one that may not manage, what is wrong', async () => {
    const page = await openPage('/', { role: null, refused: [401, 403] })
    const key = page.getByLabel('Secret key')
    await key.waitFor()
    await expectAccessible(page)
    for (const [text, said] of [
      [`sluice_sk_${'x'.repeat(43)}`, /mistyped, unknown/],
      [await makeKey({ scopes: ['read', 'usage'] }), /needs the scope 'manage'/],
    ] as const) {
      await key.fill(text)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.locator('form').getByText(said).waitFor()
      expect(await page.context().cookies()).toEqual([])
    }
  })

  it('goes where the address says once somebody has signed in', async () => {
    const page = await openPage('/customers?q=pro-co', NOBODY)
    await page.getByLabel('Secret key').fill(await keyOf('viewer'))
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'pro-co' }).or(page.getByText('pro-co')).first().waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('pro-co')
  })
})

describe('leaving', () => {
  it('takes the session from the browser, and what was read from the page', async () => {
    const page = await openPage('/customers', NOBODY)
    await page.getByLabel('Secret key').fill(await keyOf('admin'))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
    const [cookie] = await page.context().cookies()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
    expect(await page.context().cookies()).toEqual([])
    const copy = { Cookie: `${cookie?.name}=${cookie?.value}` }
    expect((await send({ method: 'GET', path: '/v1/plans', headers: copy })).status).toBe(401)
    await page.goBack().catch(() => null)
    await page.goForward().catch(() => null)
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
    expect(await page.getByRole('table').count()).toBe(0)
  })

  it('happens by itself on every page once the key is revoked', async () => {
    const key = await keyOf('admin')
    const page = await openPage('/customers', NOBODY)
    await page.getByLabel('Secret key').fill(key)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor()
    const { body } = await send({ method: 'GET', path: '/v1/me', headers: bearer(key) })
    expect((await api.delete(`/keys/${body.keyId ?? body.id}`)).status).toBe(200)
    await page.getByRole('searchbox').fill(unique('nobody'))
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor()
  })
})

describe('a session', () => {
  it('changes nothing without the proof that our own page asked', async () => {
    const customerId = unique('proof')
    const person = await signedIn('admin')
    for (const proof of [null, '', 'guessed', `${person.csrfToken}x`]) {
      const { status, body } = await sendAs(person, 'PUT', `/customers/${customerId}`, {
        body: { name: 'Forged' },
        proof,
      })
      expect([status, body.code]).toEqual([403, 'csrf_missing'])
    }
    expect((await api.get(`/customers/${customerId}`)).status).toBe(404)
    expect((await sendAs(person, 'PUT', `/customers/${customerId}`, { body: {} })).status).toBe(201)
  })

  it.each([
    ['viewer', 'PUT', '/customers/role-1', {}],
    ['viewer', 'PATCH', '/plans/pro', { name: 'Mine' }],
    ['support', 'PATCH', '/plans/pro', { name: 'Mine' }],
    ['support', 'GET', '/keys', undefined],
    ['catalogue', 'PUT', '/customers/pro-co/overrides/sso', { value: true }],
    ['catalogue', 'POST', '/keys', { name: 'more', scopes: ['manage'] }],
  ] as const)('of a %s may not %s %s', async (role, method, path, body) => {
    const { status, body: said } = await sendAs(await signedIn(role), method, path, { body })
    expect([status, said.code]).toEqual([403, 'role_missing'])
    expect(said.detail).toContain(role)
  })
})

it('shows whoever may not look after keys that they may not, in words', async () => {
  const page = await openPage('/settings/keys', { role: 'viewer', refused: [403] })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page
    .getByText(/viewer|admin/)
    .first()
    .waitFor()
  await expectAccessible(page)
})

function bearer(key: string) {
  return { Authorization: `Bearer ${key}` }
}
