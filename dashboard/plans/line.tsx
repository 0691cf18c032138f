import { Badge } from '@cloudflare/kumo/components/badge'
import { Link } from '@tanstack/react-router'
import type { Plan } from '../api/catalogue.ts'
import { lineOf } from './resolve.ts'

/** Which plan it is, and from which it inherits. */
export function Line(props: {
  readonly plan: Plan
  readonly plans: ReadonlyMap<string, Plan>
  readonly defaultPlanId: string | null
}) {
  const { plan, plans, defaultPlanId } = props
  const [, ...parents] = lineOf(plan, plans)
  return (
    <span className="flex flex-wrap items-center gap-2">
      <code>{plan.id}</code>
      {plan.archivedAt === null ? null : <Badge variant="outline">archived</Badge>}
      {plan.kind === 'addon' ? <Badge variant="outline">add-on</Badge> : null}
      {plan.id === defaultPlanId ? <Badge variant="outline">default plan</Badge> : null}
      {parents.length === 0 ? 'inherits from no plan' : 'inherits from '}
      {parents.map((parent, index) => (
        <span key={parent.id}>
          {index === 0 ? '' : '← '}
          <Link to="/plans/$planId" params={{ planId: parent.id }} className="underline">
            <bdi>{parent.name}</bdi>
          </Link>
        </span>
      ))}
    </span>
  )
}
