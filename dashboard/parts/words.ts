/** Words and figures of the API as people read them. */

export function worded(word: string): string {
  return word.replaceAll('_', ' ')
}

export function counted(value: number | 'unlimited'): string {
  return value === 'unlimited' ? value : COUNT.format(value)
}

const COUNT = new Intl.NumberFormat('en')

/** A name in a text that takes no element, such as a toast: its own direction reaches no further than itself. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`
}

/** How often a meter may begin anew. */
export const RESETS = [
  'never',
  'daily',
  'weekly',
  'every_28_days',
  'monthly',
  'quarterly',
  'yearly',
] as const
