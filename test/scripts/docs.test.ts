import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../entitlements/effects.ts'
import { lifecycleTable } from '../../entitlements/lifecycle.ts'
import { SUBSCRIPTION_STATUSES } from '../../entitlements/subscription.ts'
import { lifecyclePage } from '../../scripts/docs/lifecycle.ts'
import { read } from '../tidy/repository.ts'

describe('docs/lifecycle.md', () => {
  it('is what the code prints: run `npm run docs` after a change of the table', () => {
    expect(read('docs/lifecycle.md')).toBe(lifecyclePage())
  })

  it('has a cell for every status and every action, and a dash for every refusal', () => {
    const rows = lifecyclePage()
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    expect(rows.map(([action = '']) => action.match(/`(\w+)`/)?.[1])).toEqual([...ACTIONS])
    const cells = rows.flatMap(([, ...effects]) => effects)
    expect(cells).toHaveLength(ACTIONS.length * SUBSCRIPTION_STATUSES.length)
    const refusals = lifecycleTable().filter(({ effect }) => effect === null)
    expect(cells.filter((cell) => cell === '–')).toHaveLength(refusals.length)
  })
})
