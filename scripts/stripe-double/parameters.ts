/** Parameters as Stripe takes them: form-encoded, nested in brackets, and none that it does not know. */
import { Refused } from './account.ts'
import type { Notes } from './goods.ts'

export class Parameters {
  readonly #values: ReadonlyMap<string, string>

  /** Refuses what is not among the known, where `[]` stands for any place in a list and `[*]` for any name. */
  constructor(encoded: string, known: readonly string[]) {
    this.#values = new Map(new URLSearchParams(encoded))
    for (const name of this.#values.keys()) {
      const shape = name.replaceAll(/\[\d+\]/g, '[]')
      const wild = name.replace(/\[[^[\]]+\]$/, '[*]')
      if (shape === 'expand[]' || known.includes(shape) || known.includes(wild)) continue
      throw new Refused(`Received unknown parameter: ${name}`, {
        code: 'parameter_unknown',
        param: name,
      })
    }
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  text(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Present and not empty, or refused. */
  needed(name: string): string {
    const value = this.#values.get(name)
    if (value !== undefined && value !== '') return value
    throw new Refused(`Missing required param: ${name}.`, {
      code: 'parameter_missing',
      param: name,
    })
  }

  whole(name: string): number | undefined {
    const value = this.#values.get(name)
    if (value === undefined || value === '') return undefined
    if (/^-?\d+$/.test(value)) return Number(value)
    throw new Refused(`Invalid integer: ${value}`, {
      code: 'parameter_invalid_integer',
      param: name,
    })
  }

  /** One of some words, or refused. */
  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.#values.get(name)
    if (value === undefined || value === '') return undefined
    const word = words.find((each) => each === value)
    if (word !== undefined) return word
    throw new Refused(`Invalid ${name}: must be one of ${words.join(', ')}`, { param: name })
  }

  notes(name: string): Notes {
    const entries = [...this.#values].flatMap(([key, value]) =>
      key.startsWith(`${name}[`) ? [[key.slice(name.length + 1, -1), value] as const] : [],
    )
    return Object.fromEntries(entries)
  }

  /** The values of a list. */
  list(name: string): readonly string[] {
    return [...this.#values].flatMap(([key, value]) =>
      new RegExp(`^${name}\\[\\d*\\]$`).test(key) ? [value] : [],
    )
  }
}
