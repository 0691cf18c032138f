import { QueryClient } from '@tanstack/react-query'
import { Problem, whenSignedOut } from './request.ts'
import { sessionQuery } from './session.ts'

/** What has been read from the API, for all pages. Only outages are tried again: a refusal stays one. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, thrown) => failures < 2 && isOutage(thrown),
    },
  },
})

whenSignedOut(forgetAll)

/** Nobody is signed in any more: the next person sees nothing of what this one has read. */
export function forgetAll(): void {
  // Told first: pages leave, and what they watched can go.
  queryClient.setQueryData(sessionQuery.queryKey, null)
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
}

function isOutage(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 0 || thrown.status >= 500)
}
