import { describe, expect, it, test } from 'vitest'
import type { Failure } from '../../../worker/failures.ts'
import { camelCased } from '../../../worker/kelviq/casing.ts'
import { refused } from '../../../worker/kelviq/refusal.ts'
import { STATUSES } from '../../../worker/kelviq/statuses.ts'
import { PROBLEMS } from '../../../worker/problems.ts'

describe('names of fields', () => {
  it('are understood in snake_case and in camelCase, however deep', () => {
    const sent = {
      customer_id: 'c',
      planIdentifier: 'p',
      features: [{ usage_limit_value: 1, inner_list: [[{ deep_key: null }]] }],
    }
    expect(camelCased(sent)).toEqual({
      customerId: 'c',
      planIdentifier: 'p',
      features: [{ usageLimitValue: 1, innerList: [[{ deepKey: null }]] }],
    })
  })

  it('are the caller’s own under metadata and properties', () => {
    const own = { snake_key: { deep_key: 1 }, camelKey: [{ a_b: 1 }] }
    const sent = { metadata: own, properties: own, plan_entitlements: [{ metadata: own }] }
    expect(camelCased(sent)).toEqual({
      metadata: own,
      properties: own,
      planEntitlements: [{ metadata: own }],
    })
  })

  test.each([
    ['line1', 'line1'],
    ['address_line_1', 'addressLine1'],
    ['_private', '_private'],
    ['trailing_', 'trailing_'],
    ['double__score', 'double__score'],
    ['constructor', 'constructor'],
  ])('%s is %s', (sent, known) => {
    expect(Object.keys(camelCased({ [sent]: 1 }) as object)).toEqual([known])
  })

  it('of values that are no objects stay what they are', () => {
    for (const value of ['a_b', 1, null, true, []]) expect(camelCased(value)).toEqual(value)
  })
})

describe('a refusal in Kelviq’s form', () => {
  const request = new Request('https://sluice.test/api/v1/customers/')
  const said = async (failure: Failure, names?: ReadonlyMap<string, string>) => {
    const response = refused(failure, { requestId: 'req', request }, names)
    const body: unknown = await response.json()
    return { status: response.status, headers: response.headers, body }
  }

  it('has our status, but for what a request should have said otherwise', () => {
    const differing = Object.entries(STATUSES).filter(
      ([code, status]) => status !== Reflect.get(PROBLEMS, code).status,
    )
    expect(new Set(differing.map(([code]) => Reflect.get(PROBLEMS, code).status))).toEqual(
      new Set([422]),
    )
    expect(new Set(differing.map(([, status]) => status))).toEqual(new Set([400, 428]))
    expect(Object.values(STATUSES)).not.toContain(422)
  })

  it('names fields as Kelviq does, and says all that is wrong of each', async () => {
    const errors = [
      { pointer: '/planId', code: 'required', expected: 'the id of a plan' },
      { pointer: '/planId', code: 'invalid_format', expected: 'lower case' },
      { pointer: '/items/0/value', code: 'invalid_type', expected: 'a number' },
      { pointer: '', code: 'invalid_type', expected: 'an object' },
      { pointer: '/colour', code: 'unknown_field', expected: 'no such field' },
    ]
    const names = new Map([['planId', 'planIdentifier']])
    expect(await said({ code: 'invalid_request', errors }, names)).toMatchObject({
      status: 400,
      body: {
        planIdentifier: ['This is required: the id of a plan.', 'Expected lower case.'],
        items: ['0.value: Expected a number.'],
        nonFieldErrors: ['Expected an object.'],
        colour: ['This is not known here.'],
        detail: expect.stringMatching(/^planIdentifier: This is required: the id of a plan\. /),
        code: 'invalid_request',
      },
    })
  })

  it('says what to do, and when', async () => {
    const { status, headers, body } = await said({ code: 'customer_overloaded' })
    expect([status, headers.get('Retry-After')]).toEqual([429, '1'])
    expect(body).toEqual({
      code: 'customer_overloaded',
      detail: expect.stringContaining('Wait a moment'),
    })
  })

  it('never lets a field take the place of `detail`', async () => {
    const errors = [{ pointer: '/detail', code: 'unknown_field', expected: 'no such field' }]
    expect((await said({ code: 'invalid_request', errors })).body).toMatchObject({
      detail: 'detail: This is not known here.',
    })
  })
})
