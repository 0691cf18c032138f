/** What a page of prices shows, for anybody. */
import { err, ok } from '../../entitlements/result.ts'
import { attempt } from '../attempt.ts'
import { pricedPlans } from '../change/pricing.ts'
import { readCatalogue } from '../change/stored-catalogue.ts'
import {
  catalogueFloor,
  type PriceList,
  priceList,
  raiseCatalogueFloor,
  rememberPriceList,
} from '../isolate.ts'
import type { Call, Handler, Outcome } from '../route.ts'
import { tagOf } from '../tag.ts'

/** Whoever asks needs no credential, so however many ask, D1 is asked this seldom. */
const MEMORY_MS = 10_000
const D1_LIMIT_MS = 3_000

/** Public plans with their prices and what they give. While D1 is away it shows what it last knew. */
export const getPricing: Handler = async (call) => {
  const floor = Math.max(catalogueFloor(), call.atLeast('').catalogueRevision)
  const kept = priceList()
  if (kept !== null && kept.revision >= floor && call.now - kept.readAt < MEMORY_MS) {
    return shown(kept)
  }
  const read = await attempt(call, 'd1', D1_LIMIT_MS, () => readPriceList(call, kept))
  const list = read.ok ? read.value : kept
  if (list === null) return err({ code: 'unavailable' })
  if (list.revision < floor) return err({ code: 'consistency_unavailable' })
  raiseCatalogueFloor(list.revision)
  rememberPriceList(list)
  return shown(list)
}

async function readPriceList({ ports, now }: Call, kept: PriceList | null): Promise<PriceList> {
  const revision = await ports.db.prepare('SELECT revision FROM catalogue').first('revision')
  if (kept !== null && kept.revision === revision) return { ...kept, readAt: now }
  const stored = await readCatalogue(ports)
  return { revision: stored.revision, body: { data: pricedPlans(stored) }, readAt: now }
}

function shown({ body, revision }: PriceList): Outcome {
  return ok({ body, etag: tagOf(revision) })
}
