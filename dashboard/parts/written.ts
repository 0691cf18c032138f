/** What people write into fields. */
import type { Statement } from '../api/catalogue.ts'

type Json = Extract<Statement, { readonly value: unknown }>['value']

/** What was written as JSON; nothing where it is none. */
export function jsonIn(text: string): NonNullable<Json> | null | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** With or without separators; null where it is no number that is counted exactly. */
export function wholeNumberIn(text: string): number | null {
  const digits = text.replaceAll(/[\s,_']/g, '')
  const value = Number(digits)
  return /^\d+$/.test(digits) && Number.isSafeInteger(value) ? value : null
}

/** Numbers by commas, each once and ascending, as the service takes percentages; null where one is no number. */
export function wholeNumbersIn(text: string): readonly number[] | null {
  const written = text.split(/[\s,;%]+/).filter((each) => each !== '')
  const numbers = written.map(wholeNumberIn).filter((each) => each !== null)
  return numbers.length < written.length ? null : [...new Set(numbers)].toSorted((a, b) => a - b)
}
