import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { useSession } from '../shell/session-context.ts'

/** A page's title, in the window as well with the environment that it is about, and what can be done on it. */
export function PageHead(props: {
  readonly title: string
  readonly detail?: ReactNode
  readonly actions?: ReactNode
}) {
  const { title, detail, actions } = props
  const { environment } = useSession()
  useEffect(() => {
    document.title = `${title} · ${environment} · Sluice`
  }, [title, environment])
  return (
    <div className="mb-4 flex flex-wrap items-start gap-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-2xl font-semibold break-words">
          <bdi>{title}</bdi>
        </h1>
        {detail === undefined ? null : <div className="mt-1 text-kumo-subtle">{detail}</div>}
      </div>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </div>
  )
}
