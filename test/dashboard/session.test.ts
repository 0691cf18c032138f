import { describe, expect, it } from 'vitest'
import { expectAccessible, keyOf, openPage, sendAs, signedIn } from '../support/dashboard.ts'
import { makeKey, unique } from '../support/service.ts'

describe('signing in', () => {
  it('takes a key, shows who is there and where, and keeps the key nowhere', async () => {
    const key = await keyOf('support')
    const page = await openPage('/customers', { role: null, refused: [401] })
    await page.getByRole('textbox', { name: 'Secret key' }).fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Customers' }).waitFor()
    expect(await page.getByText('Sandbox', { exact: true }).isVisible()).toBe(true)
    const kept = await page.evaluate<string>(
      'JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])',
    )
    expect(kept).not.toContain(key)
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: '__Host-sluice', httpOnly: true, sameSite: 'Strict' })
    expect(cookie?.value).not.toContain(key)
  })
})
