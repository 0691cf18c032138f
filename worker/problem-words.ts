/** Words that several problems share. */
import type { FieldError } from './failures.ts'

export const instant = (at: number) => new Date(at).toISOString()

export const RETRY_WITH_KEY =
  'Nothing was counted for certain: retry with the same idempotency key.'

export const didYouMean = (suggestion: string | null) =>
  suggestion === null ? '' : ` Did you mean '${suggestion}'?`

export const whereKeysComeFrom = (environment: string) =>
  environment === 'local'
    ? '`npm run dev` printed a key; send it as `Authorization: Bearer sluice_sk_…`.'
    : 'Send one as `Authorization: Bearer sluice_sk_…`; `POST /v1/keys` makes them.'

export const WHERE_TOKENS_COME_FROM =
  'Your server gets a new one from `POST /v1/customers/{id}/tokens`.'

export function sentence({ pointer, code, expected }: FieldError): string {
  const where = pointer || 'The body'
  if (code === 'unknown_field') return `${where} is not known here.`
  return code === 'required'
    ? `${where} is missing: expected ${expected}.`
    : `${where}: expected ${expected}.`
}

export const one = (pointer: string, code: string, expected: string): readonly FieldError[] => [
  { pointer, code, expected },
]

export const ALLOWANCE_FORMS = {
  boolean: '{"enabled": true | false}',
  customizable: '{"value": any JSON but null}',
  meter: '{"limit": units | "unlimited", …}',
} as const

/** What is wrong with the price that was asked for, and which there are; it follows the plan's name. */
export function whichPrice(asked: {
  readonly chargePeriod: string | null
  readonly offered: readonly string[]
}): string {
  const { chargePeriod, offered } = asked
  const all = offered.join(' or ')
  if (chargePeriod === null) return `has several prices: say which with chargePeriod, ${all}.`
  return offered.length === 0
    ? `has no ${chargePeriod} price. It is free of charge: leave chargePeriod out.`
    : `has no ${chargePeriod} price. It has: ${offered.join(', ')}.`
}
