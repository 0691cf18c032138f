import { describe, expect, test } from 'vitest'
import { plainMeter } from './arbitraries.ts'
import { compiled, marksOf, plan, plansOf } from './plans.ts'
import { rowsOf } from './table.ts'

describe('a compiled plan', () => {
  test('allows what it states and all that its ancestors state', () => {
    const plans = plansOf(`
      starter     -        api=1000 toString=on
      pro         starter  api=5000 theme="dark"
      enterprise  pro      sso=on
    `)
    expect(marksOf(compiled(plans))).toEqual(
      rowsOf(`
        enterprise  api       5000    inherited   pro
        enterprise  sso       on      own         enterprise
        enterprise  theme     "dark"  inherited   pro
        enterprise  toString  on      inherited   starter
        pro         api       5000    overridden  pro
        pro         theme     "dark"  own         pro
        pro         toString  on      inherited   starter
        starter     api       1000    own         starter
        starter     toString  on      own         starter
      `),
    )
  })

  test('lacks what it takes away, and so do its children until they state it again', () => {
    const plans = plansOf(`
      starter     -        sso=on theme="dark"
      middle      starter
      pro         middle   sso=removed api=removed
      enterprise  pro
      deal        pro      sso=off
    `)
    expect(marksOf(compiled(plans))).toEqual(
      rowsOf(`
        deal        sso       off     own         deal
        deal        theme     "dark"  inherited   starter
        enterprise  theme     "dark"  inherited   starter
        middle      sso       on      inherited   starter
        middle      theme     "dark"  inherited   starter
        pro         theme     "dark"  inherited   starter
        pro         sso       -       removed     starter
        starter     sso       on      own         starter
        starter     theme     "dark"  own         starter
      `),
    )
  })

  test('takes nothing of the allowance that it replaces', () => {
    const parent = { ...plainMeter, reset: 'monthly' as const, alertsAt: [80] }
    const child = { ...plainMeter, limit: 5 }
    const plans = [
      plan('starter', { statements: new Map([['api', parent]]) }),
      plan('pro', { parentId: 'starter', statements: new Map([['api', child]]) }),
    ]
    expect(compiled(plans).plans.get('pro')?.allowances.get('api')?.allowance).toEqual(child)
  })

  test('is overridden where it states the very same again', () => {
    const plans = plansOf(`
      starter  -        sso=on
      pro      starter  sso=on
    `)
    expect(marksOf(compiled(plans))).toContainEqual(['pro', 'sso', 'on', 'overridden', 'pro'])
  })
})
