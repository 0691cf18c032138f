/** What is built on a client works on any: on one that asks, one that evaluates in process, one that stands in for both. */
import { OpenFeature } from '@openfeature/server-sdk'
import { afterAll, describe, expect, it } from 'vitest'
import type { Client } from '../../sdk/contract.ts'
import { local } from '../../sdk/local.ts'
import { meter, requireFeature } from '../../sdk/middleware.ts'
import { EntitlementsProvider } from '../../sdk/openfeature.ts'
import { inMemorySluice } from '../../sdk/testing.ts'

const world = () => inMemorySluice({ acme: ['sso', { 'api-calls': 3 }], globex: [] })
const locals = [local(world()), local(world())] as const
afterAll(async () => {
  for (const each of locals) each.close()
  await OpenFeature.close()
})

const clients: readonly (readonly [string, Client, Client])[] = [
  ['the client of tests', world(), world()],
  ['a local client', ...locals],
]

describe.each(clients)('on %s', (name, guarded, flagged) => {
  it('guards let through what is left, and nobody else', async () => {
    const statusOf = async (
      guard: ReturnType<typeof meter>,
      customerId: string,
    ): Promise<number> => {
      const request = new Request('https://app.test/', { headers: { 'X-Customer': customerId } })
      return (await guard(request, () => new Response())).status
    }
    const customer = ({ headers }: Request) => headers.get('X-Customer')
    const sso = requireFeature(guarded, 'sso', { customer })
    expect([await statusOf(sso, 'acme'), await statusOf(sso, 'globex')]).toEqual([200, 402])
    const calls = meter(guarded, 'api-calls', { customer, quantity: 2 })
    expect([await statusOf(calls, 'acme'), await statusOf(calls, 'acme')]).toEqual([200, 402])
  })

  it('flags are resolved, and tracking counts', async () => {
    await OpenFeature.setProviderAndWait(name, new EntitlementsProvider(flagged))
    const flags = OpenFeature.getClient(name)
    const asked = { targetingKey: 'acme' }
    expect(await flags.getBooleanValue('sso', false, asked)).toBe(true)
    expect(await flags.getBooleanValue('sso', true, { targetingKey: 'globex' })).toBe(false)
    expect(await flags.getNumberValue('api-calls.balance', 0, asked)).toBe(3)
    flags.track('api-calls', asked, { value: 3 })
    await OpenFeature.clearProviders()
    expect(await flagged.hasAccess({ customerId: 'acme', featureId: 'api-calls' })).toBe(false)
  })
})
