/** What Kelviq has and Sluice has not: it says so, in the form that Kelviq's SDKs show to people. */
import { ok } from '../../entitlements/result.ts'
import type { Reply, Row } from './row.ts'

const saying =
  (status: number, detail: string): Row['handle'] =>
  () =>
    Promise.resolve(ok<Reply>({ status, body: { detail } }))

const noLicences = saying(
  501,
  'Sluice has no licence keys: model what a licence allows as features of a plan, and ask for those.',
)
const noPromotions = saying(404, 'Sluice has no promotions.')
const noOffering = saying(
  404,
  'Sluice has no product offerings: GET /v1/pricing lists public plans with prices and features.',
)

const reads = { method: 'GET', scope: 'read' } as const
const licence = { method: 'POST', scope: 'read', handle: noLicences } as const

export const ABSENT_ROWS: readonly Row[] = [
  { ...licence, path: '/license/activate' },
  { ...licence, path: '/license/validate' },
  { ...licence, path: '/license/deactivate' },
  { ...reads, path: '/promotions', handle: noPromotions },
  { ...reads, path: '/monetization/product-offering/:productId', handle: noOffering },
]
