/** What needs a look, as Home asks for it. */
import { queryOptions } from '@tanstack/react-query'
import type { EndingSoon, NearLimit, OverviewAnswer } from '../../schema/wire/overview.ts'
import { path, request } from './request.ts'

export type { EndingSoon, NearLimit, OverviewAnswer }

/** Read again while somebody looks at it. */
const EVERY_MS = 30_000

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => request<OverviewAnswer>('GET', path(['overview']), { signal }),
  refetchInterval: EVERY_MS,
})
