import { beforeAll, describe, expect, it } from 'vitest'
import { type Api, apiWith } from '../../support/api.ts'
import { fresh } from '../../support/fresh.ts'
import { kelviqWith, type Send } from '../../support/kelviq.ts'

let api: Api
let kelviq: Send

beforeAll(async () => {
  await fresh()
  api = await apiWith('manage')
  kelviq = await kelviqWith('manage')
})

describe('prices', () => {
  const bulk = (prices: object[]) =>
    kelviq('POST', '/catalog/plans/priced/prices/bulk/', { prices })
  const flat = (...charges: object[]) => [{ feature: null, priceModel: 'FLAT', charges }]

  beforeAll(async () => {
    await kelviq('POST', '/catalog/plans/', { name: 'Priced', product: 'whichever' })
  })

  it('are replaced as a whole, with the trial, and read back', async () => {
    expect((await kelviq('GET', '/catalog/plans/priced/prices/')).body.results).toMatchObject([
      { priceType: 'FREE', freeTrial: false },
    ])
    const usd = {
      priceType: 'PAID',
      currency: 'USD',
      freeTrial: true,
      trialPeriod: 14,
      chargeCatalogPrice: flat(
        { chargePeriod: 'MONTHLY', priceData: { amount: 29.99 } },
        { chargePeriod: 'QUARTERLY', priceData: { amount: 80 } },
      ),
    }
    const { status, body } = await bulk([usd])
    expect([status, body.prices]).toMatchObject([
      200,
      [
        {
          priceType: 'PAID',
          currency: 'USD',
          freeTrial: true,
          trialPeriod: 14,
          chargeCatalogPrice: [
            {
              feature: null,
              priceModel: 'FLAT',
              charges: [
                { chargePeriod: 'MONTHLY', priceData: { amount: 29.99 } },
                { chargePeriod: 'THREE_MONTHS', priceData: { amount: 80 } },
              ],
            },
          ],
        },
      ],
    ])
    expect((await kelviq('GET', '/catalog/plans/priced/prices/')).body.results).toEqual(body.prices)
    expect((await api.get('/plans/priced')).body).toMatchObject({
      trialDays: 14,
      prices: [
        { chargePeriod: 'monthly', amount: 2999, currency: 'USD' },
        { chargePeriod: 'quarterly', amount: 8000, currency: 'USD' },
      ],
    })
    expect((await bulk(body.prices)).body.prices).toEqual(body.prices)
  })

  it('that are no flat prices of the plan are refused, and nothing changes', async () => {
    const { revision } = (await api.get('/plans/priced')).body
    const monthly = { chargePeriod: 'MONTHLY', priceData: { amount: 5 } }
    const paid = (fields: object) => ({
      priceType: 'PAID',
      currency: 'USD',
      chargeCatalogPrice: flat(monthly),
      ...fields,
    })
    for (const prices of [
      [{ priceType: 'CUSTOM' }],
      [paid({ currency: 'dollars' })],
      [paid({ chargeCatalogPrice: [] })],
      [
        paid({
          chargeCatalogPrice: [{ feature: 'calls', priceModel: 'FLAT', charges: [monthly] }],
        }),
      ],
      [paid({ chargeCatalogPrice: [{ priceModel: 'TIERED', charges: [monthly] }] })],
      [paid({ chargeCatalogPrice: [{ paymentType: 'PAY_AS_YOU_GO', charges: [monthly] }] })],
      [
        paid({
          chargeCatalogPrice: flat({ chargePeriod: 'MONTHLY', priceData: { amount: 0.001 } }),
        }),
      ],
      [paid({}), paid({ freeTrial: true, trialPeriod: 5, currency: 'EUR' })],
      [paid({}), paid({})],
      [paid({ freeTrial: true, trialPeriod: 1.5 })],
    ])
      expect(await bulk(prices)).toMatchObject({
        status: 400,
        body: { prices: [expect.any(String)] },
      })
    expect((await api.get('/plans/priced')).body.revision).toBe(revision)
  })
})

describe('the product', () => {
  it('is one, is found, and stays as it is', async () => {
    const { results, count } = (await kelviq('GET', '/catalog/products/')).body
    expect([count, results]).toMatchObject([1, [{ identifier: 'sluice', taxCode: 'saas' }]])
    expect((await kelviq('GET', `/catalog/products/${results[0].id}/`)).body).toEqual(results[0])
    expect((await kelviq('GET', '/catalog/products/?search=other')).body.count).toBe(0)
    expect((await kelviq('GET', '/catalog/products/other/')).status).toBe(404)
    for (const [method, path] of [
      ['POST', '/catalog/products/'],
      ['PATCH', `/catalog/products/${results[0].id}/`],
      ['DELETE', `/catalog/products/${results[0].id}/`],
    ] as const)
      expect(
        await kelviq(method, path, method === 'DELETE' ? undefined : { name: 'x' }),
      ).toMatchObject({ status: 501, body: { detail: expect.any(String) } })
  })
})
