import { describe, expect, test } from 'vitest'
import { receiverAddress } from '../../../worker/webhooks/address.ts'

const OWN = 'sluice.example.com'

const OUTSIDE = { ownHost: OWN }
const AT_HOME = { environment: 'local', ownHost: '127.0.0.1:8787' } as const

/** Addresses by what keeps them from being one that a deployment sends to; '' where nothing does. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'https://example.com',
    'https://example.com/',
    'https://hooks.example.com/a/b?c=d',
    'https://example.com:443/hooks',
    'https://example.com:8443/hooks',
    'https://EXAMPLE.com/hooks',
    'https://example.com./hooks',
    'https://xn--bcher-kva.example/hooks',
    'https://bücher.example/hooks',
    'https://1.example.com',
    'https://internal.example.com',
    'https://localhost.example.com',
    'https://other.sluice.example.com',
  ],
  'a URL such as': [
    '',
    'example.com/hooks',
    '/hooks',
    'https://',
    'https://exa mple.com',
    'https://1.2.3.4.5',
    'https://0x100000000',
    'https://[::1',
  ],
  'begins with https://': [
    'http://example.com',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    'ws://example.com',
    'gopher://example.com',
  ],
  'user name and password': [
    'https://user@example.com',
    'https://:secret@example.com',
    'https://user:secret@example.com',
    'https://example.com@127.0.0.1',
  ],
  'the name of a public host': [
    // Loopback, however it is spelt.
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0x7f.0.0.1',
    'https://0177.0.0.1',
    'https://017700000001',
    'https://127.0.0.1.',
    'https://①②⑦.⓪.⓪.①',
    'https://%31%32%37.0.0.1',
    'https://0',
    'https://0.0.0.0',
    'https://[::1]',
    'https://[::]',
    'https://[0:0:0:0:0:0:0:1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://[::127.0.0.1]',
    'https://[64:ff9b::7f00:1]',
    'https://[2002:7f00:1::]',
    'https://localhost',
    'https://LOCALHOST',
    'https://localhost.',
    'https://a.localhost',
    'https://localhost.localdomain',
    // Private, link-local, shared, metadata.
    'https://10.0.0.1',
    'https://172.16.0.1',
    'https://192.168.1.1',
    'https://100.64.0.1',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe',
    'https://2852039166',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://[fd00:ec2::254]',
    'https://metadata',
    'https://metadata.google.internal',
    'https://instance-data.ec2.internal',
    'https://host.docker.internal',
    'https://printer.local',
    'https://router.lan',
    'https://nas.home.arpa',
    'https://wiki.corp',
    'https://1.0.0.127.in-addr.arpa',
    'https://intranet',
    // Public numbers too: a name says whose they are.
    'https://8.8.8.8',
    'https://134744072',
    'https://[2606:4700::1111]',
    // Names that are none.
    'https://a..example.com',
    'https://.example.com',
  ],
  'port 443 or 8443': [
    'https://example.com:80',
    'https://example.com:22',
    'https://example.com:8080',
    'https://example.com:6379',
  ],
  'other than that of this deployment': [
    `https://${OWN}`,
    `https://${OWN}./v1/events`,
    `https://${OWN}:8443/hooks`,
    `https://${OWN.toUpperCase()}/hooks`,
  ],
}

describe.each(['sandbox', 'production'] as const)('in %s', (environment) => {
  const cases = Object.entries(ADDRESSES).flatMap(([because, texts]) =>
    texts.map((text) => [text, because] as const),
  )

  test.each(cases)('%s: %s', (text, because) => {
    const url = receiverAddress(text, { ...OUTSIDE, environment })
    expect(url.ok ? '' : url.error).toContain(because)
    expect(url.ok).toBe(because === '')
  })
})

describe('in local development', () => {
  test.each([
    'http://127.0.0.1:3000/hooks',
    'http://localhost:3000',
    'http://[::1]:3000',
    'http://receiver.internal',
    'https://10.0.0.1',
    'https://example.com',
    'http://127.0.0.1:8788',
  ])('%s is allowed', (text) => {
    expect(receiverAddress(text, AT_HOME).ok).toBe(true)
  })

  test.each([
    'http://127.0.0.1:8787/v1/events',
    'http://user@localhost',
    'file:///etc/passwd',
    'x',
  ])('%s is not', (text) => {
    expect(receiverAddress(text, AT_HOME).ok).toBe(false)
  })
})

test('the address is answered as it is asked for', () => {
  const url = receiverAddress('https://Example.com:443/Hooks?a=b', {
    ...OUTSIDE,
    environment: 'production',
  })
  expect(url).toMatchObject({ ok: true, value: { href: 'https://example.com/Hooks?a=b' } })
})
