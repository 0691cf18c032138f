import { beforeAll, expect, it } from 'vitest'
import { apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let kelviq: Send

beforeAll(async () => {
  await fresh()
  const api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
  await api.put('/features/constructor', { type: 'meter' })
  const prices = [{ chargePeriod: 'monthly', amount: 100, currency: 'USD' }]
  await api.put('/plans/tostring', { prices, allowances: { constructor: { limit: 5 } } })
  await api.put('/customers/acme', {})
})

const BODIES: readonly unknown[] = [
  undefined,
  [],
  'text',
  '{"name":',
  '{"__proto__": {"name": "x"}}',
  {
    name: null,
    featureType: null,
    identifier: 5,
    planEntitlements: null,
    prices: null,
    details: null,
  },
  {
    name: 'x'.repeat(9_000),
    featureType: 'METER',
    identifier: '../x',
    meter: [],
    featureDetails: 'x',
  },
  {
    name: 'A',
    featureType: 'METER',
    featureDetails: { units: { singular: '\u0000' } },
    metadata: [],
  },
  {
    name: 'A',
    basePlan: 'a/b',
    ordering: 1e300,
    license: 1,
    links: {},
    fileKeys: 'x',
    isVisible: 'yes',
  },
  { planEntitlements: [null, {}], details: { value: { a: 1 } }, prices: [null, {}] },
  {
    planEntitlements: [
      {
        feature: 'constructor',
        details: {
          value: 1e300,
          usageAlerts: { enabled: true, thresholds: [Number.MAX_VALUE, -1] },
        },
      },
    ],
  },
  { details: { value: -1, rollover: { enabled: true, percentage: 1e9, limit: -5 } } },
  {
    prices: [
      {
        priceType: 'PAID',
        currency: '$$$',
        chargeCatalogPrice: [
          { charges: [{ chargePeriod: 'MONTHLY', priceData: { amount: 1e300 } }] },
        ],
      },
    ],
  },
  {
    prices: [
      {
        priceType: 'PAID',
        currency: 'USD',
        freeTrial: true,
        trialPeriod: -1,
        chargeCatalogPrice: [{ charges: [{ chargePeriod: 'DAILY' }] }],
      },
    ],
  },
  {
    planIdentifier: 'hasOwnProperty',
    chargePeriod: 'MONTHLY',
    customerId: 'acme',
    successUrl: 'javascript:alert(1)',
  },
  {
    planIdentifier: 'tostring',
    chargePeriod: 'MONTHLY',
    customerId: '',
    features: [{ identifier: '__proto__', quantity: 1e308 }],
  },
  {
    planIdentifier: 'tostring',
    chargePeriod: 'MONTHLY',
    customerId: '\n',
    features: {},
    trialEnd: 'never',
  },
  { cancellationType: 'SPECIFIC_DATE', cancellationDate: '9999-99-99' },
]

const WRITES = [
  ['POST', '/catalog/features/'],
  ['PATCH', '/catalog/features/valueOf/'],
  ['POST', '/catalog/plans/'],
  ['PATCH', '/catalog/plans/toString/'],
  ['POST', '/catalog/plans/tostring/features/'],
  ['PATCH', '/catalog/plans/tostring/features/constructor/'],
  ['PATCH', '/catalog/plans/tostring/features/__proto__/'],
  ['POST', '/catalog/plans/tostring/prices/bulk/'],
  ['POST', '/checkout/'],
  ['POST', '/subscriptions/create/'],
  ['POST', '/subscriptions/sub_0/update/'],
  ['POST', '/subscriptions/%00/cancel/'],
] as const

it.each(WRITES)(
  '%s %s meets whatever it is sent with a detail, and never with a fault of its own',
  async (method, path) => {
    for (const body of BODIES) {
      const { status, body: answer } = await kelviq(method, path, body)
      expect([body, status >= 400 && status < 500, typeof answer.detail]).toEqual([
        body,
        true,
        'string',
      ])
    }
  },
)

it('ids that mean something to JavaScript mean nothing here', async () => {
  for (const id of ['__proto__', 'constructor', 'toString', '%00', '%', '..%2f', 'x'.repeat(2_000)])
    for (const path of [
      `/catalog/plans/${id}/`,
      `/catalog/plans/${id}/features/`,
      `/catalog/plans/${id}/prices/`,
      `/catalog/products/${id}/`,
      `/subscriptions/${id}/`,
      `/checkout/sessions/${id}/`,
    ])
      expect([path, (await kelviq('GET', path)).status]).toEqual([path, 404])
  expect((await kelviq('GET', '/catalog/features/constructor/')).status).toBe(200)
  const given = await kelviq('GET', '/catalog/plans/tostring/features/')
  expect(given.body.results).toMatchObject([
    { feature: { id: 'constructor' }, details: { value: 5 } },
  ])
})

it('a query that nobody could mean finds nothing, and is no fault', async () => {
  for (const [path, statuses] of [
    ['/subscriptions/?customer_id=%00', [200]],
    ['/subscriptions/?status=,', [400]],
    ['/subscriptions/?status=active&status=canceled', [200]],
    ['/subscriptions/?page=999999999999', [404]],
    ['/catalog/plans/?page=2', [404]],
    ['/catalog/features/?search=%E0%A4%A', [200]],
    ['/catalog/plans/tostring/?version=__proto__', [404]],
  ] as const)
    expect([path, statuses.includes((await kelviq('GET', path)).status as never)]).toEqual([
      path,
      true,
    ])
})
