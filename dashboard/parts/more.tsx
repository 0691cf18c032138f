import { type ReactNode, useState } from 'react'

/** Fields that are seldom needed: out of the way until they are asked for, or something is wrong with one. */
export function More({
  isOpen,
  children,
}: {
  readonly isOpen: boolean
  readonly children: ReactNode
}) {
  const [isAsked, setAsked] = useState(false)
  return (
    <details
      open={isOpen || isAsked}
      onToggle={({ currentTarget }) => setAsked(currentTarget.open)}
      className="rounded-lg border border-kumo-line p-3"
    >
      <summary className="cursor-pointer font-medium">More</summary>
      <div className="mt-3 flex flex-col gap-4">{children}</div>
    </details>
  )
}
