import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** One part of an explanation, below its title. */
export function Part(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <h2 className="mb-2 text-lg font-semibold">{props.title}</h2>
      {props.children}
    </div>
  )
}

/** A plan, by its id. */
export function PlanLink({ planId }: { readonly planId: string }) {
  return (
    <Link to="/plans/$planId" params={{ planId }} className="break-all text-kumo-link underline">
      <bdi>{planId}</bdi>
    </Link>
  )
}
