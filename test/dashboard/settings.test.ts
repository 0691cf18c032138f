/** Keys, endpoints and origins, as admins look after them. */
import { expect, it, onTestFinished } from 'vitest'
import { openReceiver } from '../conformance/receiver.ts'
import { choose, expectAccessible, openPage } from '../support/dashboard.ts'
import { api, apiWith, makeKey, unique } from '../support/service.ts'

it('a key is rotated: the new one works, and the old one ends when it was said to; then nothing is to be done', async () => {
  const [name, over] = [unique('rotated'), unique('over')]
  const { body: ended } = await api.post('/keys', { name: over, scopes: ['read'] })
  await api.post(`/keys/${ended.id}/rotate`, { overlapSeconds: 0 })
  const { body: made } = await api.post('/keys', { name, scopes: ['read'] })
  const page = await openPage('/settings/keys')
  const rows = page.getByRole('row').filter({ hasText: over })
  const row = rows.filter({ hasText: 'ended' })
  await row.waitFor()
  expect([await row.getByRole('button').count(), await rows.getByRole('button').count()]).toEqual([
    0, 2,
  ])
  await page.getByRole('button', { name: `Rotate: ${name}` }).click()
  await choose(page, 'The old key', 'works for another hour')
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
  const once = page.getByRole('region', { name: 'The new key' })
  const key = (await once.textContent())?.match(/sluice_sk_[a-z]+_[0-9A-Za-z]{38}/)?.[0] ?? ''
  expect((await apiWith(key).get('/me')).body.scopes).toEqual(['read'])
  const { expiresAt } = (await apiWith(made.key).get('/me')).body
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(3_700_000)
})

it('an endpoint is added, tested, edited, told, asked again, given a new secret and deleted', async () => {
  const receiver = await openReceiver()
  onTestFinished(() => receiver.close())
  receiver.answer(() => ({ status: 500, body: 'not today' }))
  const page = await openPage('/settings/webhooks', { refused: [400] })
  await page.getByRole('button', { name: 'New endpoint' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'URL' }).fill(receiver.url)
  await dialog.getByRole('textbox', { name: 'Events' }).fill('nothing.ever')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await dialog.getByText('Expected: a type of event').waitFor()
  await dialog.getByRole('textbox', { name: 'Events' }).fill('override.*')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('region', { name: 'The signing secret' }).getByText('whsec_').waitFor()
  await page.getByRole('link', { name: receiver.url }).click()

  await page.getByRole('button', { name: 'Send a test' }).click()
  const sent = page.getByRole('list', { name: 'What was sent' }).getByRole('listitem')
  await sent.filter({ hasText: 'webhook.test' }).getByText('refused (500)').waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  await dialog.getByRole('textbox', { name: 'Events' }).fill('customer.*')
  await dialog.getByRole('textbox', { name: 'Description' }).fill('of the warehouse')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByText('told of customer.*').waitFor()
  await page.getByText('of the warehouse').waitFor()

  const customerId = unique('told')
  await api.put(`/customers/${customerId}`, {})
  await receiver.first(({ event }) => event.customerId === customerId)
  const told = sent.filter({ hasText: 'customer.created' })
  await told.getByText('refused (500)').first().waitFor()
  await told.getByText('Request and response').first().click()
  await told.getByText(`"customerId": "${customerId}"`).waitFor()
  await told.getByText('not today').first().waitFor()
  await expectAccessible(page)
  receiver.answer(() => ({ status: 204 }))
  await told.getByRole('button', { name: 'Send again: customer.created' }).first().click()
  await page.getByText('Sent again: received (204)').waitFor()

  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await dialog.getByRole('button', { name: 'Rotate' }).click()
  await page.getByRole('region', { name: 'The new signing secret' }).getByText('whsec_').waitFor()
  await page.getByText('the old secret signs too until').waitFor()
  await page.getByRole('button', { name: `Delete: ${receiver.url}` }).click()
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'Settings: Webhooks' }).waitFor()
  await expect.poll(() => page.getByRole('link', { name: receiver.url }).count()).toBe(0)
})

it('an origin is allowed, and allowed no more; what is none is refused with why', async () => {
  const origin = `https://${unique('app')}.example`
  const page = await openPage('/settings/origins', { refused: [422] })
  const field = page.getByRole('textbox', { name: 'Origin' })
  await field.fill(`${origin}/path`)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('alert').getByText('origin').waitFor()
  const theirs = `https://${unique('theirs')}.example`
  const { origins } = (await api.get('/settings/origins')).body
  await api.put('/settings/origins', { origins: [...origins, theirs] })
  await field.fill(origin)
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('listitem').getByText(origin, { exact: true }).waitFor()
  const both = expect.arrayContaining([theirs, origin])
  expect((await api.get('/settings/origins')).body.origins).toEqual(both)
  await page.getByRole('button', { name: `Remove ${theirs}` }).click()
  await expect.poll(() => page.getByText(theirs, { exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: `Remove ${origin}` }).click()
  await expect.poll(() => page.getByText(origin, { exact: true }).count()).toBe(0)
  expect((await api.get('/settings/origins')).body.origins).not.toContain(origin)
})

it('the log of changes tells who it was, by name, and all that they did', async () => {
  const [customerId, name] = [unique('logged'), unique('ann')]
  const { body: ann } = await api.post('/keys', { name, scopes: ['manage'] })
  await api.put(`/customers/${customerId}`, {})
  await apiWith(ann.key).patch(`/customers/${customerId}`, { name: 'Logged' })
  const page = await openPage('/settings/audit')
  await page.getByRole('searchbox', { name: 'What' }).fill(`customers/${customerId}`)
  // The list without a filter begins with the same rows: what follows is about the filtered one.
  await expect.poll(() => page.url()).toContain(customerId)
  const changes = page.getByRole('row').filter({ hasText: customerId })
  await expect.poll(() => changes.count()).toBe(2)
  await page.getByRole('link', { name: `key ${name}` }).click()
  await expect.poll(() => changes.count()).toBe(1)
  await changes.getByText('customers.patch').waitFor()
  await page.getByText(`customers/${customerId}`).click()
  await page.getByText('"name": "Logged"').waitFor()
  await expectAccessible(page)
})

it('keys are for admins to see', async () => {
  const page = await openPage('/settings/keys', { role: 'catalogue' })
  await page.getByText('Keys are looked after by admins.').waitFor()
  expect(
    (await apiWith(await makeKey({ scopes: ['manage'], role: 'catalogue' })).get('/keys')).status,
  ).toBe(403)
})
