import { describe, expect, it } from 'vitest'
import { api } from '../support/service.ts'
import { access, bodyOf } from './customers.ts'

/** A customer of the seed, what it holds, and one answer in which its state shows. */
const STATES = `
  trial-co       | pro trialing              | advanced-analytics  granted enabled
  trial-over-co  | pro ended trial_ended     | advanced-analytics  refused subscription_ended
  grace-co       | pro past_due              | advanced-analytics  granted enabled       in_grace
  grace-over-co  | pro ended grace_ended     | advanced-analytics  refused grace_ended
  downgrade-co   | pro active → starter      | storage             granted within_limit  42 of 100
  leaving-co     | pro active, leaving       | advanced-analytics  granted enabled
  canceled-co    | starter ended canceled    | basic-dashboard     refused subscription_ended
  refunded-co    | starter ended refunded    | basic-dashboard     refused subscription_ended
  override-co    | starter active            | api-calls           granted within_limit  1200 of 5000 overridden
  override-co    | starter active            | sso                 granted enabled       overridden
  vip-co         |                           | advanced-analytics  granted enabled       overridden
  vip-co         |                           | sso                 refused no_subscription
  stack-co       | pro active + extra-calls active + white-label-kit active | api-calls granted within_limit 104000 of 130000 threshold
  stack-co       | pro active + extra-calls active + white-label-kit active | white-label granted enabled
  full-co        | starter active            | api-calls           refused limit_reached 1000 of 1000
  full-co        | starter active            | team-members        refused limit_reached 3 of 3
  nearly-full-co | starter active            | api-calls           granted within_limit  850 of 1000 threshold
  boston-co      | us-pro active             | ai-tokens           granted over_soft_limit 231000 of 200000 over_soft_limit
  boston-co      | us-pro active             | messages            granted within_limit  640 of 1000
  boston-co      | us-pro active             | report-exports      granted within_limit  7 of 10
  berlin-co      | eu-pro active             | gdpr-tools          granted enabled
  berlin-co      | eu-pro active             | messages            granted within_limit  80 of 1000
  globex         | globex-deal active        | sso                 granted enabled
  visitor-co     |                           | basic-dashboard     refused no_subscription
`
const ROWS = STATES.trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll(/\s+/g, ' ')))
  .map(([customerId = '', holds = '', answer = '']) => [customerId, holds, answer] as const)

describe('the customers of the demo', () => {
  it.each(ROWS)('%s holds %s: %s', async (customerId, holds, answer) => {
    const { data } = await bodyOf(api.get(`/customers/${customerId}/subscriptions`))
    expect(data.toReversed().map(heldText).join(' + ')).toBe(holds)
    const [featureId = ''] = answer.split(' ')
    expect(answerText(await access(customerId, featureId))).toBe(answer)
  })

  it.each([...new Set(ROWS.map(([customerId]) => customerId))])(
    'whatever %s is granted names who gives it',
    async (customerId) => {
      const { data } = await bodyOf(api.get(`/customers/${customerId}/entitlements`))
      const nameless = data.filter(
        (each: Entitlement & { hasAccess: boolean; sources: readonly unknown[] }) =>
          each.hasAccess && each.sources.length === 0,
      )
      expect(nameless).toEqual([])
      expect(data.length).toBeGreaterThanOrEqual(16)
    },
  )
})

interface Subscription {
  readonly planId: string
  readonly status: string
  readonly endedBecause: string | null
  readonly cancelAt: string | null
  readonly pendingChange: { readonly planId: string } | null
}

interface Entitlement {
  readonly featureId: string
  readonly hasAccess: boolean
  readonly reason: string
  readonly used?: number
  readonly limit?: number
  readonly overridden: boolean
  readonly warnings: readonly { readonly code: string }[]
}

function heldText({ planId, status, endedBecause, cancelAt, pendingChange }: Subscription): string {
  const ended = endedBecause === null ? '' : ` ${endedBecause}`
  const leaving = cancelAt === null || status === 'ended' ? '' : ', leaving'
  const pending = pendingChange === null ? '' : ` → ${pendingChange.planId}`
  return `${planId} ${status}${ended}${leaving}${pending}`
}

/** An answer as a cell of the table; the end of an override a month away is no news. */
function answerText(answer: Entitlement): string {
  const { featureId, hasAccess, reason, used, limit, overridden, warnings } = answer
  const codes = warnings.map(({ code }) => code)
  const isOver = codes.includes('over_soft_limit')
  return [
    featureId,
    hasAccess ? 'granted' : 'refused',
    reason,
    ...(used === undefined ? [] : [`${used} of ${limit}`]),
    ...(overridden ? ['overridden'] : []),
    ...codes.filter(
      (code) => code !== 'override_expires' && !(isOver && code === 'threshold') && hasAccess,
    ),
  ].join(' ')
}
