/** OpenFeature's own SDK over the provider of `@sluice/sdk/openfeature`. */
import { type Client as Flags, OpenFeature } from '@openfeature/server-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Sluice } from '../../sdk/index.ts'
import { EntitlementsProvider } from '../../sdk/openfeature.ts'
import { api, KEY, ORIGIN } from '../support/service.ts'
import { access, bodyOf, customerOn } from './customers.ts'

const sluice = new Sluice({ url: ORIGIN, key: KEY })
let flags: Flags

beforeAll(async () => {
  flags = await flagsOver('sluice', new EntitlementsProvider(sluice))
})
afterAll(() => OpenFeature.close())

describe('a flag', () => {
  it('is what the remote protocol says it is, for every feature: value, reason, variant and metadata', async () => {
    const { customerId } = await customerOn('us-pro')
    const { data } = await bodyOf(api.get(`/customers/${customerId}/entitlements`))
    expect(data.length).toBeGreaterThan(10)
    const remote = await remotely(customerId)
    for (const { featureId, type } of data) {
      const asked = { targetingKey: customerId }
      const { value, reason, variant, flagMetadata, errorCode } =
        type === 'customizable'
          ? await flags.getObjectDetails(featureId, 'none', asked)
          : await flags.getBooleanDetails(featureId, true, asked)
      if (errorCode === 'TYPE_MISMATCH') continue
      const { metadata, ...told } = remote.get(featureId)
      expect({ key: featureId, value, reason, variant }).toEqual({ value: 'none', ...told })
      const { asOf, decidedBy, degraded, ...own } = flagMetadata
      expect(own).toEqual({ ...metadata, flagSetId: undefined })
      expect([typeof asOf, decidedBy, degraded]).toEqual(['string', 'service', false])
    }
  })

  it('is a text, a number, an object or a list where the feature is customizable', async () => {
    const asked = { targetingKey: (await customerOn('us-pro')).customerId }
    expect(await flags.getStringValue('support-level', '', asked)).toBe('business-hours')
    expect(await flags.getNumberValue('webhook-retries', 0, asked)).toBe(5)
    expect(await flags.getObjectValue('regions', [], asked)).toEqual(['us-east', 'us-west'])
    expect(await flags.getObjectValue('branding', {}, asked)).toMatchObject({ logo: true })
    expect(await flags.getNumberValue('searches.balance', 0, asked)).toBe(500)
  })

  it.each([
    ['of another type', 'sso', 'TYPE_MISMATCH', 'acme'],
    ['of no feature', 'no-such-feature', 'FLAG_NOT_FOUND', 'acme'],
    ['of what is left of no meter', 'sso.balance', 'FLAG_NOT_FOUND', 'acme'],
    ['for no customer', 'sso', 'TARGETING_KEY_MISSING', ''],
  ])('%s is the default, and says why', async (_, key, errorCode, targetingKey) => {
    const told = await flags.getStringDetails(key, 'the default', { targetingKey })
    expect(told).toMatchObject({ value: 'the default', errorCode })
  })

  it('is the code’s own default while Sluice cannot be asked', async () => {
    const away = new Sluice({ url: 'http://127.0.0.1:1', key: KEY, retries: 0 })
    const cutOff = await flagsOver('away', new EntitlementsProvider(away))
    for (const isAllowed of [true, false]) {
      const told = await cutOff.getBooleanDetails('sso', isAllowed, { targetingKey: 'acme' })
      expect(told).toMatchObject({ value: isAllowed, errorCode: 'GENERAL' })
    }
  })
})

describe('what is tracked', () => {
  it('counts one or its value, once under its key, and is there when the provider has closed', async () => {
    const { customerId } = await customerOn('starter')
    const own = await flagsOver('tracked', new EntitlementsProvider(sluice))
    const asked = { targetingKey: customerId }
    own.track('api-calls', asked)
    own.track('api-calls', asked, { value: 5, endpoint: '/search' })
    for (let at = 0; at < 3; at++) own.track('api-calls', asked, { value: 10, idempotencyKey: 'k' })
    await OpenFeature.clearProviders()
    await OpenFeature.setProviderAndWait('tracked', new EntitlementsProvider(sluice))
    expect((await access(customerId, 'api-calls')).used).toBe(16)
  })

  it('is told of where it cannot count, and is nothing where it is about something else', async () => {
    const problems: unknown[] = []
    const own = new EntitlementsProvider(sluice, {
      featureOf: (name) => (name === 'page-viewed' ? null : name),
      onProblem: (_, event) => problems.push(event),
    })
    own.track('page-viewed', { targetingKey: 'acme' })
    own.track('sso', { targetingKey: (await customerOn('enterprise')).customerId })
    own.track('api-calls', {})
    await own.onClose()
    expect(new Set(problems)).toEqual(new Set(['api-calls', 'sso']))
  })
})

async function flagsOver(domain: string, provider: EntitlementsProvider): Promise<Flags> {
  await OpenFeature.setProviderAndWait(domain, provider)
  return OpenFeature.getClient(domain)
}

/** The same flags as the remote protocol has them, by key. */
async function remotely(targetingKey: string) {
  const response = await fetch(`${ORIGIN}/ofrep/v1/evaluate/flags`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ context: { targetingKey } }),
  })
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: the test compares what it reads
  const { flags: told }: any = await response.json()
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: the test compares what it reads
  return new Map<string, any>(told.map((flag: { readonly key: string }) => [flag.key, flag]))
}
