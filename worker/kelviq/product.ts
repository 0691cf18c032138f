/** What everything is sold as: a deployment is one product, which is there and cannot be changed. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { Failure } from '../failures.ts'
import { pageOfWhole } from './page.ts'
import { param, type Reply, type Row, type Said } from './row.ts'

/** Clients that know an id by its form expect a UUID. */
export const PRODUCT = {
  id: '00000000-0000-4000-8000-000000000001',
  identifier: 'sluice',
  name: 'Sluice',
} as const

export const PRODUCT_ROWS: readonly Row[] = [
  { method: 'GET', path: '/catalog/products', scope: 'read', handle: list },
  { method: 'GET', path: '/catalog/products/:productId', scope: 'read', handle: retrieve },
  { method: 'POST', path: '/catalog/products', scope: 'manage', handle: refuse },
  { method: 'PATCH', path: '/catalog/products/:productId', scope: 'manage', handle: refuse },
  { method: 'DELETE', path: '/catalog/products/:productId', scope: 'manage', handle: refuse },
]

async function list(said: Said): Promise<Result<Reply, Failure>> {
  const search = said.query.get('search')?.toLowerCase() ?? ''
  const found = 'sluice'.includes(search) ? [PRODUCT] : []
  return ok(pageOfWhole(said, found, () => WHOLE, 100))
}

async function retrieve(said: Said): Promise<Result<Reply, Failure>> {
  const { spoken } = said
  const isIt = [PRODUCT.id, PRODUCT.identifier].some((each) => each === param(said, 'productId'))
  if (isIt) return ok({ body: WHOLE })
  return err({ code: 'route_not_found', method: 'GET', path: spoken.path })
}

async function refuse(): Promise<Result<Reply, Failure>> {
  return ok({ status: 501, body: { detail: ONE } })
}

const ONE = 'A deployment of Sluice is one product: make plans, which need no other.'

const WHOLE = {
  ...PRODUCT,
  description: '',
  taxCode: 'saas',
  createdBy: PRODUCT.name,
  modifiedOn: '1970-01-01T00:00:00.000Z',
  images: [],
} as const
