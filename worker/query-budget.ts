import type { Ports } from './ports.ts'

/** D1 for work that may ask it only so often: the platform ends whoever asks more than a thousand times in one go. */
export interface QueryBudget {
  readonly db: Ports['db']
  /** How many queries are left. Nothing is refused: whoever works with it leaves off in time. */
  readonly left: () => number
}

/** A budget of so many queries; each statement of a batch is one. */
export function queryBudget(db: Ports['db'], most: number): QueryBudget {
  let left = most
  return {
    left: () => left,
    db: {
      prepare: (query) => {
        // Whatever is asked is prepared for that once, by itself or for a batch.
        left -= 1
        return db.prepare(query)
      },
      batch: (statements) => db.batch(statements),
    },
  }
}
