/** Features and plans: few enough to be read whole. */
import { queryOptions } from '@tanstack/react-query'
import type * as z from 'zod/mini'
import type { getCatalogue } from '../../schema/wire/catalogue.ts'
import { path, request } from './request.ts'

export type Catalogue = z.infer<typeof getCatalogue.answer>

export const catalogueQuery = queryOptions({
  queryKey: ['catalogue'],
  queryFn: ({ signal }) => request<Catalogue>('GET', path(['catalogue']), { signal }),
})
