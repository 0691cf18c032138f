import { QueryClient } from '@tanstack/react-query'
import { forgetUnanswered } from './repeat.ts'
import { Problem, proveWith, whenSignedOut, whenUnproved, whenUsed } from './request.ts'
import { isSameHolder, keepSession, readSession, SESSION, sessionQuery } from './session.ts'

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

whenUnproved(async () => {
  const before = queryClient.getQueryData(sessionQuery.queryKey)
  const after = await readSession()
  if (before && isSameHolder(before, after)) {
    queryClient.setQueryData(sessionQuery.queryKey, after)
    return
  }
  forgetAll()
  proveWith(after.csrfToken)
  queryClient.setQueryData(sessionQuery.queryKey, after)
  throw new Problem(403, {
    code: 'csrf_missing',
    detail: `In another window somebody has signed in as ${after.name} (${after.role}). Nothing was changed; this page is theirs now.`,
  })
})

/** Nobody is signed in any more: the next person sees nothing of what this one has read. */
export function forgetAll(): void {
  // Told first: pages leave, and what they watched can go.
  queryClient.setQueryData(sessionQuery.queryKey, null)
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
  // What was sent and answered: keys, tokens and secrets that were shown once are among it.
  queryClient.getMutationCache().clear()
  forgetUnanswered()
  proveWith(null)
}

function isOutage(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 0 || thrown.status >= 500)
}
