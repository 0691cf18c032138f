/** What a customer may use, how much of it, and the changes that people make to that. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { EntitlementAnswer, listEntitlements } from '../../schema/wire/access.ts'
import type { listUsage, listUsageEntries } from '../../schema/wire/history.ts'
import type { OverrideAnswer } from '../../schema/wire/override.ts'
import { customerKey, type Page } from './customers.ts'
import { path, request } from './request.ts'

/** All entitlements of one customer, and how new they are. */
export type Held = Pick<
  z.infer<typeof listEntitlements.answer>,
  'customerId' | 'version' | 'revision' | 'asOf' | 'data'
>

export const entitlementsKey = (customerId: string) =>
  [...customerKey(customerId), 'entitlements'] as const

/** From the customer's own object: people who help somebody look at nothing that is older. */
export const entitlementsQuery = (customerId: string) =>
  queryOptions({
    queryKey: entitlementsKey(customerId),
    queryFn: async ({ signal, client }) => {
      const read = await request<Held>(
        'GET',
        path(['customers', customerId, 'entitlements'], { fresh: true }),
        { signal },
      )
      const held = client.getQueryData<Held>(entitlementsKey(customerId))
      // Whoever listens may have heard of something that this answer does not know yet.
      return held !== undefined && isNewer(held, read) ? held : read
    },
  })

type Age = Pick<Held, 'version' | 'revision'>

/** Whether one knows more than another: of the customer, else of the catalogue. */
export function isNewer(one: Age, other: Age): boolean {
  return one.version === other.version ? one.revision > other.revision : one.version > other.version
}

export const overridesKey = (customerId: string) =>
  [...customerKey(customerId), 'overrides'] as const

/** No customer has more: a catalogue has 500 features, and each may be overridden once. */
const OVERRIDES_MAX = 500

export const overridesQuery = (customerId: string) =>
  queryOptions({
    queryKey: overridesKey(customerId),
    queryFn: async ({ signal }) => {
      const overrides: OverrideAnswer[] = []
      let cursor: string | null | undefined
      while (cursor !== null && overrides.length < OVERRIDES_MAX) {
        const page: Page<OverrideAnswer> = await request(
          'GET',
          path(['customers', customerId, 'overrides'], { cursor, pageSize: 100 }),
          { signal },
        )
        overrides.push(...page.data)
        cursor = page.nextCursor
      }
      return overrides
    },
  })

/** One meter of one customer. */
export interface Metered {
  readonly customerId: string
  readonly featureId: string
}

export type UsageDay = z.infer<typeof listUsage.answer>['data'][number]
export type LedgerEntry = z.infer<typeof listUsageEntries.answer>['data'][number]

export const usageKey = (customerId: string) => [...customerKey(customerId), 'usage'] as const

export const usageQuery = ({ customerId, featureId }: Metered) =>
  queryOptions({
    queryKey: [...usageKey(customerId), featureId, 'days'],
    queryFn: ({ signal }) =>
      request<{ readonly data: readonly UsageDay[] }>(
        'GET',
        path(['customers', customerId, 'usage'], { featureId }),
        { signal },
      ),
  })

export const ledgerQuery = ({ customerId, featureId }: Metered, cursor: string | undefined) =>
  queryOptions({
    queryKey: [...usageKey(customerId), featureId, 'entries', cursor ?? null],
    queryFn: ({ signal }) =>
      request<Page<LedgerEntry>>(
        'GET',
        path(['customers', customerId, 'usage', 'entries'], { featureId, cursor }),
        { signal },
      ),
  })

/** What an override says; whether its words are the API's own is for the service to judge. */
export interface OverrideInput {
  readonly allowance: Omit<OverrideAnswer['allowance'], Chosen> & {
    readonly [field in Chosen]?: string
  }
  readonly standalone: boolean
  /** Left out: now, or since when the override that it replaces began. */
  readonly startAt?: string
  readonly expiresAt: string | null
  readonly reason: string | null
}

/** The fields of an allowance that take one of a few words. */
type Chosen = 'enforcement' | 'reset' | 'anchor' | 'onPlanChange'

export function putOverride(to: Metered, body: OverrideInput): Promise<OverrideAnswer> {
  return request('PUT', path(['customers', to.customerId, 'overrides', to.featureId]), { body })
}

/** The plan decides again. */
export function revertOverride(to: Metered): Promise<OverrideAnswer> {
  return request('DELETE', path(['customers', to.customerId, 'overrides', to.featureId]))
}

/** Says what the reading is, whatever it was. */
export function setUsage(to: Metered, value: number): Promise<unknown> {
  return request('POST', path(['usage']), { body: { ...to, behaviour: 'set', value } })
}

export function resetUsage(to: Metered, reason: string | null): Promise<unknown> {
  return request(
    'POST',
    path(['customers', to.customerId, 'entitlements', to.featureId, 'reset']),
    { body: { reason } },
  )
}

export type { EntitlementAnswer }
