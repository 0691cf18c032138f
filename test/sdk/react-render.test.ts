import { createElement, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { Client, Held } from '../../sdk/contract.ts'
import { Sluice } from '../../sdk/index.ts'
import { serverSnapshot } from '../../sdk/react-server.ts'
import { askerOf } from '../../sdk/react/asker.ts'
import { EntitlementStore } from '../../sdk/react/store.ts'
import { Gate, SluiceProvider, useEntitlement, useEntitlements } from '../../sdk/react.tsx'
import { inMemorySluice } from '../../sdk/testing.ts'

const world = () => inMemorySluice({ acme: ['sso', { 'api-calls': 3 }], globex: [] })
const { signal } = new AbortController()

describe('the HTML of a server', () => {
  it('says what the snapshot says', async () => {
    const client = world()
    const initial = await serverSnapshot(client, 'acme')
    expect(initial).toMatchObject({ customerId: 'acme', data: expect.any(Array) })
    expect(html(client, 'acme', initial)).toBe(
      '<p>in: enabled</p><ul><li>api-calls</li><li>sso</li></ul>',
    )
    const other = await serverSnapshot(client, 'globex')
    expect(html(client, 'globex', other)).toContain('<p>out: not_in_plan</p>')
  })

  it('waits where there is none', () => {
    expect(html(world(), 'acme', null)).toBe('<p>wait</p><ul></ul>')
  })

  it('never shows what another customer has', async () => {
    const client = world()
    expect(html(client, 'globex', await serverSnapshot(client, 'acme'))).toContain('wait')
  })

  it('is no hostage to an outage: there is no snapshot, and somebody hears why', async () => {
    const client = world()
    client.outage(true)
    const problems: unknown[] = []
    const onProblem = (problem: unknown) => problems.push(problem)
    expect(await serverSnapshot(client, 'acme', { onProblem })).toBeNull()
    expect(problems).toMatchObject([{ retryable: true }])
  })

  it('can be sent as JSON as it is', async () => {
    const initial = await serverSnapshot(world(), 'acme')
    expect(JSON.parse(JSON.stringify(initial))).toEqual(initial)
  })
})

it('a hook without a provider says what is missing', () => {
  expect(() => renderToString(createElement(Shown))).toThrow('SluiceProvider')
})

it('a store that is to look whenever the page is in view needs no page', async () => {
  const ask = askerOf(world(), 'acme')
  const store = new EntitlementStore({
    ask,
    initial: null,
    live: null,
    refreshing: { onFocus: true },
  })
  const stop = store.start()
  await store.refresh()
  expect(store.shown().states.get('sso')?.hasAccess).toBe(true)
  stop()
})

describe('asking again', () => {
  it('brings nothing where nothing has changed, and all of it where something has', async () => {
    const client = world()
    const ask = askerOf(client, 'acme')
    expect((await ask(signal, true))?.data).toHaveLength(2)
    expect(await ask(signal, true)).toBeNull()
    await client.consume({ customerId: 'acme', featureId: 'api-calls' })
    expect((await ask(signal, true))?.data[0]).toMatchObject({ used: 1 })
    expect(await ask(signal, true)).toBeNull()
    expect((await ask(signal, false))?.data).toHaveLength(2)
  })

  it.each([{}, { data: 'none' }, []])('refuses what is no list: %j', async (said) => {
    const client = new Sluice({
      url: 'https://sluice.test',
      key: 'k',
      fetch: async () => Response.json(said, { headers: { ETag: '"1"' } }),
    })
    await expect(askerOf(client, 'acme')(signal, false)).rejects.toThrow('no list')
  })

  it('of a client that reaches no service is what it says by itself', async () => {
    const inner = world()
    const client: Client = {
      check: (question) => inner.check(question),
      hasAccess: (question) => inner.hasAccess(question),
      entitlements: (question) => inner.entitlements(question),
      consume: (use) => inner.consume(use),
      reportUsage: (report) => inner.reportUsage(report),
    }
    const ask = askerOf(client, 'acme')
    for (let at = 0; at < 2; at++) expect((await ask(signal, true))?.data).toHaveLength(2)
  })
})

function html(client: Client, customerId: string, initial: Held | null): string {
  return renderToString(
    createElement(SluiceProvider, { client, customerId, initial, children: createElement(Shown) }),
  )
}

function Shown(): ReactNode {
  const { reason } = useEntitlement('sso')
  const { entitlements } = useEntitlements()
  return [
    createElement(Gate, {
      key: 'gate',
      feature: 'sso',
      children: createElement('p', null, `in: ${reason}`),
      fallback: (state) => createElement('p', null, `out: ${state.reason}`),
      loading: createElement('p', null, 'wait'),
    }),
    createElement(
      'ul',
      { key: 'all' },
      entitlements.map(({ featureId }) => createElement('li', { key: featureId }, featureId)),
    ),
  ]
}
