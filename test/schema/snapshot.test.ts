import { expect, test } from 'vitest'
import type { Lot } from '../../entitlements/lot.ts'
import type { Subscription } from '../../entitlements/subscription.ts'
import type { Snapshot } from '../../schema/snapshot.ts'
import { newId } from '../../schema/ids.ts'
import { customerKey, decodeSnapshot, encodeSnapshot } from '../../schema/snapshot.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const MONTH = 30 * 86_400_000
const WORDS = ['api-calls', 'storage', 'team-members', 'advanced-analytics', 'messages-sent']

test('forty meters, two subscriptions and three overrides take at most 6 KB', () => {
  expect(new TextEncoder().encode(encodeSnapshot(busyCustomer())).length).toBeLessThanOrEqual(6_144)
})

test('a busy customer reads back whole', () => {
  expect(decodeSnapshot(encodeSnapshot(busyCustomer()))).toStrictEqual(busyCustomer())
})

test('the key of the longest id fits into KV', () => {
  expect(customerKey('x'.repeat(128)).length).toBeLessThanOrEqual(512)
})

test('a subscription without a phase is unreadable', () => {
  const broken = busyCustomer()
  const text = encodeSnapshot(broken).replace(/\[\["pro".*?\]\]/, '[]')
  expect(decodeSnapshot(text)).toBeNull()
})

function busyCustomer(): Snapshot {
  const subscriptions = [1, 2].map(subscription)
  const features = Array.from({ length: 40 }, (_, n) => `${WORDS[n % WORDS.length]}-${n}`)
  return {
    customer: {
      id: 'customer-with-a-usual-id',
      revision: NOW,
      createdAt: NOW - MONTH,
      clockAt: null,
      subscriptions,
      overrides: features.slice(0, 3).map((featureId) => ({
        featureId,
        allowance: { limit: 5000, rollover: { percent: 50, max: 1000 } },
        standalone: false,
        startAt: NOW,
        expiresAt: NOW + MONTH,
      })),
    },
    lots: new Map(
      features.map((featureId, n) => [featureId, [lot(featureId, subscriptions[n % 2])]]),
    ),
    advancedTo: NOW,
    version: NOW,
    catalogueRevision: NOW,
    publishedAt: NOW,
  }
}

function subscription(n: number): Subscription {
  return {
    id: newId('sub', NOW, new Uint8Array(10).fill(n)),
    startAt: NOW,
    phases: [
      {
        planId: 'pro',
        chargePeriod: 'monthly',
        quantity: 1,
        from: NOW,
        until: NOW + MONTH,
        atPeriodEnd: false,
      },
      {
        planId: 'starter',
        chargePeriod: 'monthly',
        quantity: 1,
        from: NOW + MONTH,
        until: null,
        atPeriodEnd: true,
      },
    ],
    trialEndAt: NOW + MONTH,
    endsWithTrial: false,
    grace: { startedAt: NOW, endsAt: NOW + MONTH },
    pausedAt: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    ended: null,
    billingPeriod: { startAt: NOW, endAt: NOW + MONTH },
    providerDriven: true,
  }
}

function lot(featureId: string, holding: Subscription | undefined): Lot {
  const holdingId = holding?.id ?? 'default_plan'
  return {
    id: `${holdingId}/${featureId}/allowance/${NOW}`,
    featureId,
    holdingId,
    kind: 'allowance',
    planId: 'pro',
    startAt: NOW,
    endsAt: NOW + MONTH,
    used: 123_456,
    granted: 0,
    zeroed: false,
    alerted: 80,
  }
}
