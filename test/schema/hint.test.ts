import { expect, it } from 'vitest'
import { hintFor } from '../../schema/hint.ts'

it.each([
  [[], undefined, null],
  [['pro'], undefined, 'Plan pro has it.'],
  [['free', 'pro'], undefined, 'Plans free, pro have it.'],
  [['free', 'pro', 'max'], 4, 'Plans free, pro, max and 4 more have it.'],
])('of plans %j and %s more says %j', (grantedBy, more, said) => {
  const feature = {
    type: 'boolean' as const,
    onUnavailable: 'deny' as const,
    grantedBy,
    ...(more !== undefined && { grantedByMore: more }),
  }
  const head = { features: new Map([['sso', feature]]) }
  expect(hintFor({ featureId: 'sso', missing: 'not_in_plan' }, head)).toBe(said)
})
