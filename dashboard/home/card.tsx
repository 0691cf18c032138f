import { LayerCard } from '@cloudflare/kumo/components/layer-card'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** One part of Home, under its heading. */
export function Card({
  title,
  children,
}: {
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <LayerCard className="p-4">
      <h2 className="mb-2 text-lg font-semibold">{title}</h2>
      {children}
    </LayerCard>
  )
}

/** A list on Home: its rows, what it says without any, and where there are more. */
export function Listed(props: {
  readonly empty: string
  readonly more?: ReactNode
  readonly rows: readonly ReactNode[]
}) {
  const { empty, more, rows } = props
  if (rows.length === 0) return <p className="text-kumo-subtle">{empty}</p>
  return (
    <>
      <ul className="flex flex-col gap-3">{rows}</ul>
      {more === undefined ? null : <div className="mt-3">{more}</div>}
    </>
  )
}

/** How far the service counts. */
const COUNT_MAX = 100

/** `20 of 37`, where not all are shown. */
export function shownOf(shown: number, count: number): string {
  if (count <= shown) return ''
  return `${shown} of ${count < COUNT_MAX ? count : `${COUNT_MAX} or more`}. `
}

/** A customer by name, or by id where it has none. */
export function CustomerLink(props: { readonly customerId: string; readonly name: string | null }) {
  const { customerId, name } = props
  return (
    <Link
      to="/customers/$customerId"
      params={{ customerId }}
      className="break-words text-kumo-link underline"
    >
      <bdi>{name ?? customerId}</bdi>
    </Link>
  )
}
