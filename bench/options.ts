import { parseArgs } from 'node:util'
import { Refusal } from '../scripts/dev/refusal.ts'

export interface Options {
  /** Print whatever else the machine is doing. */
  readonly anyway: boolean
  readonly rounds: number
  /** Scenarios whose id matches. */
  readonly only: RegExp
  readonly customers: number
}

const USAGE = `npm run bench [-- --rounds N --only PATTERN --customers N --anyway]

  --rounds N        how often each scenario is measured (7)
  --only PATTERN    only scenarios whose name matches, such as '^(constant|check)$'; then without counts and waits
  --customers N     how many customers there are, up to 9,999 (1000)
  --anyway          print figures even if other programs were busy, marked as what they are`

export function optionsFrom(args: readonly string[]): Options {
  const values = parse(args)
  return {
    anyway: values.anyway ?? false,
    rounds: numberFrom(values.rounds ?? '7', 1_000),
    only: new RegExp(values.only ?? ''),
    customers: numberFrom(values.customers ?? '1000', 9_999),
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        anyway: { type: 'boolean' },
        rounds: { type: 'string' },
        only: { type: 'string' },
        customers: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help !== true) return values
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
  throw new Refusal(USAGE)
}

function numberFrom(text: string, max: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= 1 && number <= max) return number
  throw new Refusal(`${text} is not a whole number from 1 to ${max}.\n\n${USAGE}`)
}
