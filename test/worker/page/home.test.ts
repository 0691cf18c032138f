import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { indexJson } from '../../../worker/page/home.ts'
import { homePage } from '../../../worker/page/local.ts'

describe('the page of local development', () => {
  it('runs what carries its nonce and nothing else', async () => {
    const page = homePage(null, 'n0nce')
    const policy = page.headers.get('Content-Security-Policy')
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).toContain(`script-src 'nonce-n0nce'`)
    const tags = (await page.text()).match(/<(script|style)[^>]*>/g)
    expect(tags).toEqual(['<style nonce="n0nce">', '<script nonce="n0nce">'])
  })

  it('is whole: no placeholder left, nothing loaded, no markup made from data', async () => {
    const text = await homePage(null, 'n0nce').text()
    expect(text).not.toMatch(
      /\{\{|https?:\/\/(?!www\.w3\.org)|innerHTML|insertAdjacentHTML|\son\w+=/,
    )
  })

  it('has another nonce in every response', async () => {
    const nonces = [await home('localhost'), await home('localhost')]
    expect(nonces[0]).not.toBe(nonces[1])
  })

  it('carries the key it is given, for this machine alone', async () => {
    expect(await homePage('sluice_sk_sandbox_x', 'n').text()).toContain(
      'content="sluice_sk_sandbox_x"',
    )
    const foreign = await exports.default.fetch('http://sluice.example/')
    expect(await foreign.text()).toContain('name="sluice-key" content=""')
  })
})

describe('the index of a deployed service', () => {
  it('says what it is and lists every route', () => {
    expect(indexJson('production')).toEqual({
      name: 'Sluice',
      environment: 'production',
      routes: expect.arrayContaining(['GET /v1/access', 'POST /v1/consume', 'GET /health']),
    })
  })

  it('is what a program gets in local development too', async () => {
    const headers = { Accept: 'application/json' }
    const response = await exports.default.fetch('http://localhost/', { headers })
    expect(await response.json()).toMatchObject({ environment: 'local' })
  })
})

async function home(host: string): Promise<string | null> {
  const response = await exports.default.fetch(`http://${host}/`)
  expect(response.status).toBe(200)
  return response.headers.get('Content-Security-Policy')
}
