/** Counting what a preview finds. */
import type { Impact } from '../../entitlements/impact.ts'
import type { CataloguePreview } from '../../schema/wire/preview.ts'

/** Pairs of a customer and a feature, by what happens to them. */
interface Counts {
  gains: number
  losses: number
  overLimit: number
}

/** Counts by feature, and how many customers are reached at all. */
export class Tally {
  customers = 0
  private readonly features = new Map<string, Counts>()

  /** Counts `customers` of whom this feature's impact is true; a negative number takes them back. */
  add(featureId: string, { turn, overLimit }: Impact, customers: number): void {
    const counts = this.features.get(featureId) ?? { gains: 0, losses: 0, overLimit: 0 }
    this.features.set(featureId, counts)
    if (turn === 'gain') counts.gains += customers
    if (turn === 'loss') counts.losses += customers
    if (overLimit) counts.overLimit += customers
  }

  /** The counts as they are answered. */
  counts(): Pick<CataloguePreview, 'customers' | 'gains' | 'losses' | 'overLimit' | 'features'> {
    const features = [...this.features]
      .map(([featureId, counts]) => ({ featureId, ...counts }))
      .filter(({ gains, losses, overLimit }) => gains + losses + overLimit > 0)
      .toSorted((a, b) => (a.featureId < b.featureId ? -1 : 1))
    const sum = (of: keyof Counts) => features.reduce((total, counts) => total + counts[of], 0)
    return {
      customers: this.customers,
      gains: sum('gains'),
      losses: sum('losses'),
      overLimit: sum('overLimit'),
      features,
    }
  }
}
