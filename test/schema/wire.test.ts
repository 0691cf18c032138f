import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import * as access from '../../schema/wire/access.ts'
import { allowance as wholeAllowance } from '../../schema/wire/allowance.ts'
import { allowancePatch } from '../../schema/wire/allowance.ts'
import * as catalogue from '../../schema/wire/catalogue.ts'
import * as customer from '../../schema/wire/customer.ts'
import * as feature from '../../schema/wire/feature.ts'
import * as key from '../../schema/wire/key.ts'
import * as override from '../../schema/wire/override.ts'
import * as plan from '../../schema/wire/plan.ts'
import * as subscription from '../../schema/wire/subscription.ts'
import * as usage from '../../schema/wire/usage.ts'
import { allowance, instant } from './arbitraries.ts'

const MODULES = {
  access,
  catalogue,
  customer,
  feature,
  key,
  override,
  plan,
  subscription,
  usage,
}

/** Every operation's params, query, body and answer. */
const PARTS = Object.values(MODULES).flatMap((module) =>
  Object.entries(module).flatMap(([operation, parts]) =>
    typeof parts === 'object' && 'answer' in parts
      ? Object.entries(parts).map(([part, schema]) => ({
          operation,
          part,
          schema: z.instanceof(z.ZodMiniType).parse(schema),
        }))
      : [],
  ),
)
const INPUTS = PARTS.filter(({ part }) => part !== 'answer')

describe.each(PARTS)('$part of $operation', ({ schema }) => {
  test('can be documented as JSON Schema', () => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toBeTypeOf('object')
  })
})

describe.each(INPUTS)('$part of $operation', ({ schema }) => {
  test('refuses a field that it does not know', () => {
    const issues = schema.safeParse({ surprise: 1 }).error?.issues
    expect(issues?.find((issue) => issue.code === 'unrecognized_keys')).toMatchObject({
      keys: ['surprise'],
    })
  })

  test('says what it expected in words of its own', () => {
    const wrong = [null, 5, 'x', [], { allowances: 1, value: {}, id: null, quantity: -1 }]
    const issues = wrong.flatMap((value) => schema.safeParse(value).error?.issues ?? [])
    const messages = issues
      .filter((issue) => issue.code !== 'unrecognized_keys')
      .map((issue) => issue.message)
    expect(messages.filter((message) => /^(Invalid|Too|Unrecognized)/.test(message))).toEqual([])
  })
})

describe('quantities', () => {
  const quantityOf = (value: unknown) =>
    usage.consume.body.safeParse({ customerId: 'a', featureId: 'a', quantity: value }).success

  test.each([1, 2, Number.MAX_SAFE_INTEGER])('%d is one', (value) => {
    expect(quantityOf(value)).toBe(true)
  })

  test.each([0, -1, 0.5, 2 ** 53, 1e300, Infinity, NaN, '1', null, true, [1], {}])(
    '%j is none',
    (value) => expect(quantityOf(value)).toBe(false),
  )

  test('in a query are digits only', () => {
    const parse = (quantity: string) =>
      access.getAccess.query.safeParse({ customerId: 'a', featureId: 'a', quantity }).data?.quantity
    expect(['7', '9007199254740991'].map(parse)).toEqual([7, Number.MAX_SAFE_INTEGER])
    const refused = ['', '0', '-1', '1.0', '1e3', '01', '0x1', ' 1', '9007199254740992', 'NaN']
    expect(refused.map(parse)).toEqual(refused.map(() => undefined))
  })
})

describe('instants', () => {
  const parse = (expiresAt: unknown) =>
    override.putOverride.body.safeParse({ allowance: { limit: 1 }, expiresAt }).data?.expiresAt

  test('are milliseconds from there on', () => {
    fc.assert(
      fc.property(instant, (at) => {
        expect(parse(new Date(at).toISOString())).toBe(at)
      }),
    )
  })

  test('may name their offset', () => {
    expect(parse('2026-11-22T12:00:00+02:00')).toBe(Date.UTC(2026, 10, 22, 10))
  })

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-11-22',
    '2026-11-22T10:00:00',
    '1969-12-31T23:59:59Z',
    'tomorrow',
    '',
    0,
  ])('%j is none', (text) => expect(parse(text)).toBeUndefined())
})

describe('allowances', () => {
  test('of every kind that the domain knows can be answered and stated', () => {
    fc.assert(
      fc.property(allowance, (each) => {
        const values = 'value' in each ? JSON.stringify(each.value).length < 1000 : true
        fc.pre(values)
        expect(wholeAllowance.safeParse(each).error).toBeUndefined()
        expect(allowancePatch.safeParse(each).error).toBeUndefined()
      }),
    )
  })

  test.each([
    [{ limit: -1 }, '/limit'],
    [{ limit: null }, '/limit'],
    [{ limit: 'infinite' }, '/limit'],
    [{ limit: 1, enforcement: 'firm' }, '/enforcement'],
    [{ limit: 1, rollover: { percent: 0, max: null } }, '/rollover/percent'],
    [{ limit: 1, rollover: { percent: 10 } }, '/rollover/max'],
    [{ limit: 1, alertsAt: [80, 1001] }, '/alertsAt/1'],
    [{ value: null }, '/value'],
    [{ value: 'x'.repeat(4095) }, '/value'],
    [{ value: 'é'.repeat(2048) }, '/value'],
    [{ value: { deep: [1, Infinity] } }, '/value'],
    [{}, ''],
  ])('%.60j is refused at %j', (each, pointer) => {
    const issues = allowancePatch.safeParse(each).error?.issues ?? []
    expect(issues.map((issue) => issue.path.map((step) => `/${String(step)}`).join(''))).toContain(
      pointer,
    )
  })

  test('of 4 KB is the largest value', () => {
    expect(allowancePatch.safeParse({ value: 'x'.repeat(4094) }).success).toBe(true)
  })

  test('that take a feature away say nothing else', () => {
    const state = (statement: unknown) =>
      plan.putPlan.body.safeParse({ allowances: { sso: statement } }).success
    expect(state({ removed: true })).toBe(true)
    expect(state({ removed: false })).toBe(false)
    expect(state({ removed: true, enabled: true })).toBe(false)
  })

  test('are named by ids that objects have by nature', () => {
    const parsed = plan.putPlan.body.parse({ allowances: { constructor: { enabled: true } } })
    expect(Object.entries(parsed.allowances ?? {})).toEqual([['constructor', { enabled: true }]])
  })
})

describe('metadata', () => {
  const accepts = (metadata: unknown) => customer.putCustomer.body.safeParse({ metadata }).success

  test('holds 50 keys and 8 KB', () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]))
    expect(accepts(keys(50))).toBe(true)
    expect(accepts(keys(51))).toBe(false)
    expect(accepts({ note: 'x'.repeat(8192 - 11) })).toBe(true)
    expect(accepts({ note: 'x'.repeat(8192 - 10) })).toBe(false)
  })

  test.each(['text', 5, [], true])('is not %j', (value) => {
    expect(accepts(value)).toBe(false)
  })
})

describe('reports', () => {
  const parse = (report: object) =>
    usage.reportUsage.body.safeParse({ customerId: 'a', featureId: 'a', ...report })

  test.each(['delta', 'DELTA', 'Set', 'SET'])('may say %s', (behaviour) => {
    expect(parse({ behaviour, value: 1 }).data?.behaviour).toBe(behaviour.toLowerCase())
  })

  test('give back with a negative delta, but no reading is negative', () => {
    expect(parse({ behaviour: 'delta', value: -5 }).success).toBe(true)
    expect(parse({ behaviour: 'set', value: -5 }).error?.issues[0]?.path).toEqual(['value'])
  })
})

test('one catalogue names each id once', () => {
  const two = { id: 'sso', type: 'boolean' }
  expect(catalogue.putCatalogue.body.safeParse({ features: [two], plans: [] }).success).toBe(true)
  expect(catalogue.putCatalogue.body.safeParse({ features: [two, two], plans: [] }).success).toBe(
    false,
  )
})
