import type { UseQueryResult } from '@tanstack/react-query'
import { Broken } from './broken.tsx'
import { Waiting } from './waiting.tsx'

/**
 * In place of what has not been read: that it is on its way, or why it does not come.
 *
 * Only in its place: what was read before stays when reading it anew fails, with all that somebody has edited on it.
 */
export function Unread({
  query,
}: {
  readonly query: Pick<UseQueryResult, 'isError' | 'error' | 'refetch'>
}) {
  return query.isError ? (
    <Broken error={query.error} reset={() => void query.refetch()} />
  ) : (
    <Waiting />
  )
}
