import type { ReactNode } from 'react'

/** One entry of a list of facts, below what it is called. */
export function Fact(props: { readonly label: string; readonly children: ReactNode }) {
  const { label, children } = props
  return (
    <div>
      <dt className="text-kumo-subtle">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  )
}
