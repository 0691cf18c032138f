import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { portsFrom } from '../../worker/ports.ts'
import { forgetSecrets, isSigned, sign } from '../../worker/signing.ts'
import { fresh } from '../support/fresh.ts'

const ports = portsFrom(env)

beforeEach(fresh)

const signed = (text: string) => sign(ports, 'portal', text)
const believes = (text: string, signature: string) => isSigned(ports, 'portal', text, signature)

async function secrets(): Promise<number> {
  return (await env.DB.prepare('SELECT count(*) AS n FROM signing_secrets').first<number>('n')) ?? 0
}

/** What an operator does (docs/deploy.md). */
async function replaceSecret(): Promise<void> {
  await env.DB.prepare(
    'INSERT INTO signing_secrets (secret, created_at) VALUES (lower(hex(randomblob(32))), 0)',
  ).run()
  forgetSecrets()
}

describe('a signature', () => {
  it('is believed of what was signed, and of nothing else', async () => {
    const signature = await signed('acme')
    expect(await believes('acme', signature)).toBe(true)
    expect(await believes('acmf', signature)).toBe(false)
    expect(await believes('', signature)).toBe(false)
  })

  it('is for one purpose', async () => {
    const signature = await signed('acme')
    const other = 'portal\0a' as 'portal'
    expect(await isSigned(ports, other, 'cme', signature)).toBe(false)
    expect(await isSigned(ports, 'other' as 'portal', 'acme', signature)).toBe(false)
  })

  it('is not believed when it is changed, cut, longer, or names another secret', async () => {
    const signature = await signed('acme')
    const [generation = '', mac = ''] = signature.split('.')
    const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`
    for (const forged of [
      `${generation}.${flipped}`,
      `${generation}.${mac.slice(0, -1)}`,
      `${generation}.${mac}A`,
      `${generation}.${mac}.`,
      `2.${mac}`,
      `0${generation}.${mac}`,
      `999999999999999999999.${mac}`,
      mac,
      '.',
      '',
    ]) {
      expect([forged, await believes('acme', forged)]).toEqual([forged, false])
    }
  })

  it('of another deployment is not believed', async () => {
    const signature = await signed('acme')
    await fresh()
    await signed('anything')
    expect(await believes('acme', signature)).toBe(false)
  })

  it('is not believed where nothing has ever been signed', async () => {
    expect(await believes('acme', `1.${'A'.repeat(43)}`)).toBe(false)
    expect(await secrets()).toBe(0)
  })
})

describe('the secret', () => {
  it('is made once, however many sign first at the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => signed('acme')))
    expect(new Set(all).size).toBe(1)
    expect(await secrets()).toBe(1)
  })

  it('is long, and another one in every deployment', async () => {
    await signed('acme')
    const first = await env.DB.prepare('SELECT secret FROM signing_secrets').first('secret')
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    await fresh()
    await signed('acme')
    expect(await env.DB.prepare('SELECT secret FROM signing_secrets').first('secret')).not.toBe(
      first,
    )
  })

  it('that is new signs from then on, and the one before it is still believed', async () => {
    const old = await signed('acme')
    await replaceSecret()
    const renewed = await signed('acme')
    expect(renewed).not.toBe(old)
    expect([await believes('acme', old), await believes('acme', renewed)]).toEqual([true, true])
  })

  it('before the one before is believed no longer', async () => {
    const old = await signed('acme')
    await replaceSecret()
    await replaceSecret()
    expect(await believes('acme', old)).toBe(false)
  })
})
