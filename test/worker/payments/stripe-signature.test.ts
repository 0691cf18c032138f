import { describe, expect, it } from 'vitest'
import { signatureFault } from '../../../worker/payments/stripe-signature.ts'
import { edge } from '../../support/edge.ts'

const NOW = Date.parse('2026-02-10T12:00:00Z')
const SECONDS = NOW / 1000
const BODY = '{"id":"evt_1"}'

async function macOf(text: string, secret = 'whsec_a'): Promise<string> {
  const key = await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)))
  return [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const fault = (header: string | null, body = BODY) =>
  signatureFault(body, header, ['whsec_a', 'whsec_b'], NOW)

it('a body that one of our secrets has signed lately is Stripe’s', async () => {
  for (const [seconds, secret] of [
    [SECONDS, 'whsec_a'],
    [SECONDS, 'whsec_b'],
    [SECONDS - 300, 'whsec_a'],
    [SECONDS + 300, 'whsec_a'],
  ] as const) {
    const mac = await macOf(`${seconds}.${BODY}`, secret)
    expect(await fault(`t=${seconds},v1=${mac}`)).toBeNull()
    expect(await fault(`t=${seconds}, v1=${'0'.repeat(64)}, v1=${mac}, v0=old`)).toBeNull()
  }
})

it.each<[string, (mac: string) => string | null, string?]>([
  ['no header', () => null],
  ['an empty header', () => ''],
  ['no time', (mac) => `v1=${mac}`],
  ['a time that is none', (mac) => `t=now,v1=${mac}`],
  ['no signature', () => `t=${SECONDS}`],
  ['a signature of another scheme alone', (mac) => `t=${SECONDS},v0=${mac}`],
  ['a signature that is too short', (mac) => `t=${SECONDS},v1=${mac.slice(2)}`],
  ['a signature that is no hexadecimal', () => `t=${SECONDS},v1=${'z'.repeat(64)}`],
  ['another time than the one that was signed', (mac) => `t=${SECONDS + 1},v1=${mac}`],
  ['a body that has lost its end', (mac) => `t=${SECONDS},v1=${mac}`, BODY.slice(0, -1)],
  ['a body with a blank more', (mac) => `t=${SECONDS},v1=${mac}`, `${BODY} `],
])('%s is not taken for Stripe’s', async (_, headerOf, body = BODY) => {
  expect(await fault(headerOf(await macOf(`${SECONDS}.${BODY}`)), body)).toMatch(/signature/)
})

it.each([SECONDS - 301, SECONDS + 301])(
  'a signature of another time is refused: %i',
  async (seconds) => {
    const mac = await macOf(`${seconds}.${BODY}`)
    expect(await fault(`t=${seconds},v1=${mac}`)).toMatch(/five minutes/)
  },
)

it('a secret that is none of ours signs nothing', async () => {
  const mac = await macOf(`${SECONDS}.${BODY}`, 'whsec_c')
  expect(await fault(`t=${SECONDS},v1=${mac}`)).toMatch(/None of its signatures/)
})

describe.each(['whsec_a ', ' whsec_a', '\nwhsec_b\r\n\twhsec_a\n'])(
  'where the setting is %j',
  (setting) => {
    const tell = async (secret: string) => {
      const text = '{"id":"evt_1","type":"product.created","created":1,"data":{"object":{}}}'
      const seconds = Math.floor(Date.now() / 1000)
      const mac = await macOf(`${seconds}.${text}`, secret)
      const stripe = { STRIPE_SECRET_KEY: 'sk_test_x', STRIPE_WEBHOOK_SECRET: setting }
      const headers = { 'Stripe-Signature': `t=${seconds},v1=${mac}` }
      const { status, body } = await edge(null, stripe).send('POST', '/webhooks/stripe', {
        body: text,
        headers,
      })
      return [status, body['code']]
    }

    it('a webhook that its secret has signed is heard', async () => {
      expect(await tell('whsec_a')).toEqual([200, undefined])
    })

    it('a webhook that another has signed is refused', async () => {
      expect(await tell('whsec_c')).toEqual([400, 'signature_invalid'])
    })
  },
)
