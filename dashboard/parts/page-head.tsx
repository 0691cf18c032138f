import { useMatch } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useEffect, useRef } from 'react'
import { useSession } from '../shell/session-context.ts'

/** A page's title, in the window as well with the environment that it is about, and what can be done on it. */
export function PageHead(props: {
  readonly title: string
  readonly detail?: ReactNode
  readonly actions?: ReactNode
}) {
  const { title, detail, actions } = props
  const { environment } = useSession()
  const heading = useRef<HTMLHeadingElement>(null)
  useArrival(heading)
  useEffect(() => {
    document.title = `${title} · ${environment} · Sluice`
  }, [title, environment])
  return (
    <div className="mb-4 flex flex-wrap items-start gap-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold break-words outline-none">
          <bdi>{title}</bdi>
        </h1>
        {detail === undefined ? null : <div className="mt-1 text-kumo-subtle">{detail}</div>}
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </div>
  )
}

/** Where the person is; null: on the page that they opened first, which the browser itself tells of. */
let arrivedAt: string | null = null

/** Takes whoever goes to another page there: keys go on from its heading, and a screen reader says where one is. */
function useArrival(heading: RefObject<HTMLHeadingElement | null>): void {
  // Of the page that this is, not of the one that is on its way.
  const pathname = useMatch({ strict: false, shouldThrow: false })?.pathname
  useEffect(() => {
    if (pathname === undefined) return
    const isFirst = arrivedAt === null
    const isSame = arrivedAt === pathname
    arrivedAt = pathname
    if (!isFirst && !isSame) heading.current?.focus({ preventScroll: true })
  }, [heading, pathname])
}
