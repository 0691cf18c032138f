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

whenSignedOut(() => queryClient.setQueryData(sessionQuery.queryKey, null))

function isOutage(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 0 || thrown.status >= 500)
}
