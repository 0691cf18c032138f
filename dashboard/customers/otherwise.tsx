import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Catalogue, catalogueQuery, type Plan } from '../api/catalogue.ts'
import { type Metered, overridesQuery } from '../api/entitlements.ts'
import type { Explanation } from '../api/explanation.ts'
import { path } from '../api/request.ts'
import { auditQuery } from '../api/settings.ts'
import { exact, When } from '../parts/when.tsx'
import { whoText } from '../parts/who.ts'
import { byId, givenBy } from '../plans/resolve.ts'
import { Part, PlanLink } from './part.tsx'
import { Value } from './reading.tsx'

/** How many plans are named before the rest is left to the feature's own page. */
const PLANS_SHOWN = 8

/** What was said for this customer alone, by whom, and until when. */
export function Overriding({ explanation }: { readonly explanation: Explanation }) {
  const { customerId, featureId } = explanation
  const { data: overrides } = useQuery(overridesQuery(customerId))
  const override = overrides?.find((each) => each.featureId === featureId)
  if (override === undefined) return null
  const { allowance, reason, startAt, expiresAt, createdAt, createdBy } = override
  return (
    <Part title="The override">
      <Value value={allowance} />
      <p className="mt-2 break-words">
        From {exact(startAt)} {expiresAt === null ? 'until it is reverted' : 'until '}
        {expiresAt === null ? null : <When at={expiresAt} />}
        {reason === null ? (
          '; no reason was given.'
        ) : (
          <>
            ; “<bdi>{reason}</bdi>”
          </>
        )}
      </p>
      <p className="text-sm break-all text-kumo-subtle">
        Made {exact(createdAt)} by{' '}
        <Author customerId={customerId} featureId={featureId} of={createdBy} />
      </p>
    </Part>
  )
}

/** Whoever made an override, as the log of changes names them; as the service knows them where it no longer does. */
function Author(props: Metered & { readonly of: string }) {
  const { customerId, featureId, of } = props
  const resource = path(['customers', customerId, 'overrides', featureId]).slice(1)
  const { data: changes } = useQuery(auditQuery({ customerId, resource, pageSize: '10' }))
  const known = changes?.data.find(({ actor: { kind, id } }) => `${kind}:${id}` === of)
  return <bdi>{known === undefined ? of : whoText(known.actor)}</bdi>
}

/** What would make it another answer: what time will do, what somebody can do, and which plans there are. */
export function Otherwise({ explanation }: { readonly explanation: Explanation }) {
  const { customerId, featureId, hint, hasAccess, overridden, type } = explanation
  const { data: catalogue } = useQuery(catalogueQuery)
  return (
    <Part title="What would change it">
      <ul className="flex list-disc flex-col gap-1 pl-5">
        <InTime explanation={explanation} />
        <ByHand explanation={explanation} />
        {type === null ? null : (
          <li>
            {overridden
              ? 'Another override, or none:'
              : hasAccess
                ? 'An override takes it away from this customer alone, or gives it other terms:'
                : 'An override gives it to this customer alone:'}{' '}
            <OnTab customerId={customerId} search={{ tab: 'features', q: featureId }}>
              {featureId} under Features
            </OnTab>
            .
          </li>
        )}
        {hint === undefined ? null : <li>{hint}</li>}
      </ul>
      {catalogue === undefined || type === null ? null : (
        <Givers featureId={featureId} givers={giversOf(featureId, catalogue)} />
      )}
    </Part>
  )
}

/** What comes by itself. */
function InTime({ explanation }: { readonly explanation: Explanation }) {
  const { resetAt, grace, sources } = explanation
  const ends = sources.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]))
  return (
    <>
      {resetAt === undefined || resetAt === null ? null : (
        <li>
          Counting begins anew: <When at={resetAt} />.
        </li>
      )}
      {grace === null ? null : (
        <li>
          Without a payment, grace is over and access ends: <When at={grace.endsAt} />.
        </li>
      )}
      {ends.map((at) => (
        <li key={at}>
          The override expires: <When at={at} />.
        </li>
      ))}
    </>
  )
}

/** What somebody can do about the customer's subscriptions. */
function ByHand({ explanation }: { readonly explanation: Explanation }) {
  const { customerId, reason } = explanation
  const words = REMEDIES[reason]
  if (words === undefined) return null
  return (
    <li>
      {words}:{' '}
      <OnTab customerId={customerId} search={{ tab: 'subscriptions' }}>
        Subscriptions
      </OnTab>
      .
    </li>
  )
}

const REMEDIES: Readonly<Partial<Record<Explanation['reason'], string>>> = {
  no_subscription: 'A subscription to a plan that has it',
  subscription_ended: 'A new subscription',
  grace_ended: 'A payment brings the subscription back',
  paused: 'Resuming the subscription brings it back',
  not_in_plan: 'A change to a plan that has it, or an add-on',
  limit_reached: 'A plan with a higher limit, or an add-on',
}

function OnTab(props: {
  readonly customerId: string
  readonly search: Readonly<Record<string, string>>
  readonly children: ReactNode
}) {
  const { customerId, search, children } = props
  return (
    <Link
      to="/customers/$customerId"
      params={{ customerId }}
      search={search}
      className="break-all text-kumo-link underline"
    >
      {children}
    </Link>
  )
}

/** The plans that may be taken and give it, the lowest rank first. */
function giversOf(featureId: string, { plans }: Catalogue): readonly Plan[] {
  const all = byId(plans)
  return plans
    .filter((plan) => plan.archivedAt === null && gives(plan, featureId, all))
    .toSorted((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
}

function gives(plan: Plan, featureId: string, all: ReadonlyMap<string, Plan>): boolean {
  const statement = givenBy(plan, all).get(featureId)?.statement
  if (statement === undefined || 'removed' in statement) return false
  if ('enabled' in statement) return statement.enabled
  return 'value' in statement || statement.limit !== 0
}

function Givers(props: { readonly featureId: string; readonly givers: readonly Plan[] }) {
  const { featureId, givers } = props
  if (givers.length === 0) return <p className="mt-2">No plan gives this feature.</p>
  const more = givers.length - PLANS_SHOWN
  return (
    <>
      <p className="mt-2">Plans that give this feature:</p>
      <ul className="list-disc pl-5">
        {givers.slice(0, PLANS_SHOWN).map(({ id, kind, visibility }) => (
          <li key={id}>
            <PlanLink planId={id} />
            {kind === 'addon' ? ' (add-on)' : null}
            {visibility === 'private' ? ' (private)' : null}
          </li>
        ))}
        {more <= 0 ? null : (
          <li>
            <Link
              to="/features/$featureId"
              params={{ featureId }}
              className="text-kumo-link underline"
            >
              and {more} more
            </Link>
          </li>
        )}
      </ul>
    </>
  )
}
