import { QueryClient } from '@tanstack/react-query'
import { Problem, whenSignedOut, whenUsed } from './request.ts'
import { keepSession, SESSION, sessionQuery } from './session.ts'

/** What has been read from the API, for all pages. Only outages are tried again: a refusal stays one. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, thrown) => failures < 2 && isOutage(thrown),
    },
  },
})

/** Whether the session has opened anything yet: a browser that does not keep its cookie would come here for ever. */
let hasServed = false

whenSignedOut(() => {
  const session = queryClient.getQueryData(sessionQuery.queryKey)
  forgetAll()
  // Access asks for the person again where it has to, or says why they are nobody here any more.
  if (session?.via === 'access' && hasServed) location.reload()
})

whenUsed((path) => {
  if (path === SESSION) return
  hasServed = true
  keepSession().then(
    (session) => session && queryClient.setQueryData(sessionQuery.queryKey, session),
    // Whatever is wrong, the next request of the page says so.
    () => undefined,
  )
})

/** Nobody is signed in any more: the next person sees nothing of what this one has read. */
export function forgetAll(): void {
  // Told first: pages leave, and what they watched can go.
  queryClient.setQueryData(sessionQuery.queryKey, null)
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
}

function isOutage(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 0 || thrown.status >= 500)
}
