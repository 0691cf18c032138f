/** Why a customer has, or has not, what it has. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { getEntitlement } from '../../schema/wire/access.ts'
import { customerKey } from './customers.ts'
import type { Metered } from './entitlements.ts'
import { path, request } from './request.ts'

/** One answer with everything that led to it. */
export type Explanation = z.infer<typeof getEntitlement.answer>

/** From the source: whoever asks for reasons doubts an answer. */
export const explanationQuery = ({ customerId, featureId }: Metered) =>
  queryOptions({
    queryKey: [...customerKey(customerId), 'explanation', featureId],
    queryFn: ({ signal }) =>
      request<Explanation>(
        'GET',
        path(['customers', customerId, 'entitlements', featureId], { explain: true }),
        { signal },
      ),
  })
