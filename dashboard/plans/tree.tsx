import { Link } from '@tanstack/react-router'
import type { Plan } from '../api/catalogue.ts'

/** Plans below those that they inherit from. */
export function Tree(props: {
  readonly plans: readonly Plan[]
  readonly defaultPlanId: string | null
}) {
  const { plans, defaultPlanId } = props
  const ids = new Set(plans.map(({ id }) => id))
  const roots = plans.filter(({ parentId }) => parentId === null || !ids.has(parentId))
  const branch = (plan: Plan) => {
    const children = plans.filter(({ parentId }) => parentId === plan.id)
    return (
      <li key={plan.id} className="py-0.5">
        <Link to="/plans/$planId" params={{ planId: plan.id }} className="text-kumo-link underline">
          <bdi>{plan.name}</bdi>
        </Link>
        <span className="text-kumo-subtle">
          {' '}
          ({plan.id}) · {plan.kind} · rank {plan.rank}
          {plan.visibility === 'private' ? ' · private' : ''}
          {plan.id === defaultPlanId ? ' · for whoever has no plan' : ''}
        </span>
        {children.length === 0 ? null : (
          <ul className="ml-3 border-l border-kumo-hairline pl-3">{children.map(branch)}</ul>
        )}
      </li>
    )
  }
  return <ul>{roots.map(branch)}</ul>
}
