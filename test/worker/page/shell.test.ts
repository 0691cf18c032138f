import { html } from 'hono/html'
import { describe, expect, it } from 'vitest'
import { pageResponse, seeOther } from '../../../worker/page/shell.ts'

const page = (fields = {}) =>
  pageResponse({ title: 'Pay', content: html`<p>Now</p>`, ...fields }, 'n0nce')

describe('a page', () => {
  it('loads nothing, runs nothing and is framed by nobody', async () => {
    const { headers } = await page()
    expect(headers.get('Content-Security-Policy')).toBe(
      `default-src 'none'; style-src 'nonce-n0nce'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    )
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    const text = await (await page()).text()
    expect(text).not.toMatch(/https?:|<script|\sstyle=|\son\w+=|url\(|@import/)
    expect(text.match(/<style[^>]*>/g)).toEqual(['<style nonce="n0nce">'])
  })

  it('sends forms elsewhere only where it says so', async () => {
    const { headers } = await page({ formsLeadTo: ['https://app.example'] })
    expect(headers.get('Content-Security-Policy')).toContain(
      `form-action 'self' https://app.example;`,
    )
  })

  it('makes no markup from data', async () => {
    const text = await (await page({ title: '<b>"&', tag: `'<i>` })).text()
    expect(text).toContain('<h1>&lt;b&gt;&quot;&amp;</h1>')
    expect(text).toContain('<title>&lt;b&gt;&quot;&amp;</title>')
    expect(text).not.toMatch(/<[bi]>/)
  })

  it('has one heading, a language, and a status of its own', async () => {
    const response = await page({ status: 404 })
    expect(response.status).toBe(404)
    const text = await response.text()
    expect(text).toContain('<html lang="en">')
    expect(text.match(/<h1>/g)).toHaveLength(1)
  })
})

it('leads on after a form, and says nobody where from', () => {
  const { status, headers } = seeOther('/next')
  expect([status, headers.get('Location')]).toEqual([303, '/next'])
  expect(headers.get('Referrer-Policy')).toBe('no-referrer')
})
