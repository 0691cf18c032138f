/** A few slots that many share: who comes first is served first, and nobody waits for more than one. */

export interface Slots {
  /** Waits for a slot, and takes up to `most` if they are free. Each is given back with `give`. */
  readonly take: (most: number) => Promise<number>
  readonly give: (count: number) => void
}

/** So many slots, all of them free. */
export function slotsOf(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const take = async (most: number): Promise<number> => {
    if (free === 0 || waiting.length > 0) {
      // Whoever gives one back hands it on, without making it free in between.
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      await promise
      return 1
    }
    const taken = Math.min(most, free)
    free -= taken
    return taken
  }
  const give = (back: number): void => {
    for (let n = 0; n < back; n++) {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
  return { take, give }
}
