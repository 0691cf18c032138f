import { Toasty } from '@cloudflare/kumo/components/toast'
import { useQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { isTurnedAway, sessionQuery } from '../api/session.ts'
import { Broken } from '../parts/broken.tsx'
import { Waiting } from '../parts/waiting.tsx'
import { Navigation } from './navigation.tsx'
import { SessionContext } from './session-context.ts'
import { TopBar } from './top-bar.tsx'

const SignIn = lazy(async () => ({ default: (await import('./sign-in.tsx')).SignIn }))

/** Around every page: who is signed in, where they are, and in which environment. */
export function Shell() {
  const session = useQuery(sessionQuery)
  if (session.isPending) return <Waiting />
  const refusal = isTurnedAway(session.error) ? session.error : null
  if (session.isError && refusal === null) {
    return <Broken error={session.error} reset={() => void session.refetch()} />
  }
  if (session.data === null || session.data === undefined) {
    return (
      <Suspense fallback={<Waiting />}>
        <SignIn refusal={refusal} />
      </Suspense>
    )
  }
  return (
    <SessionContext value={session.data}>
      <Toasty>
        <a
          href="#page"
          className="sr-only bg-kumo-base focus:not-sr-only focus:absolute focus:z-50 focus:p-2"
        >
          Skip to the page
        </a>
        <div className="flex min-h-screen flex-col">
          <TopBar />
          <div className="flex flex-1 flex-col sm:flex-row">
            <Navigation />
            <main id="page" tabIndex={-1} className="w-full min-w-0 max-w-7xl flex-1 p-4 sm:p-6">
              <Outlet />
            </main>
          </div>
        </div>
      </Toasty>
    </SessionContext>
  )
}
