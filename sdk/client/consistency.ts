/** What this client has been told of changes, so that no later read of its own shows an older state. */
import { type ConsistencyToken, decodeToken, encodeToken } from '../../schema/token.ts'
import { keep } from './bounded.ts'

/** After so long every copy has seen a change. A floor that outlived a restored database would never be met again. */
const KEPT_MS = 3_600_000

interface Floor extends ConsistencyToken {
  readonly at: number
}

/** The newest known state of each customer, and of the catalogue. */
export class Consistency {
  /** The catalogue's is under the empty id. */
  readonly #floors = new Map<string, Floor>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes one token or several, joined by a comma; false: one of them is none. */
  note(text: string): boolean {
    return text.split(',').every((each) => {
      const token = decodeToken(each.trim())
      if (token === null) return false
      const id = token.customerId ?? ''
      const known = this.#floors.get(id) ?? token
      keep(this.#floors, id, {
        customerId: token.customerId,
        revision: Math.max(token.revision, known.revision),
        version: Math.max(token.version, known.version),
        catalogueRevision: Math.max(token.catalogueRevision, known.catalogueRevision),
        at: this.#now(),
      })
      return true
    })
  }

  /** The token that a call about these customers carries; undefined: they may be shown in any state. */
  tokenFor(customerIds: readonly string[]): string | undefined {
    const tokens = ['', ...customerIds].flatMap((id) => {
      const floor = this.#floors.get(id)
      return floor && this.#now() - floor.at < KEPT_MS ? encodeToken(floor) : []
    })
    return [...new Set(tokens)].join() || undefined
  }
}
