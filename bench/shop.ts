/** What is asked about: a catalogue of forty features, one plan that inherits from another, and customers. */
import { client, type Client } from '../scripts/seed/client.ts'
import { customerName } from './job.ts'

/** The meter that is consumed, under a hard limit that no run comes near. */
export const METER = 'api-calls'

const LIMIT = 1_000_000_000_000
const AT_ONCE = 16

const BOOLEANS = Array.from({ length: 20 }, (_, index) => `switch-${index}`)
const VALUES = Array.from({ length: 8 }, (_, index) => `setting-${index}`)
const METERS = [METER, ...Array.from({ length: 11 }, (_, index) => `meter-${index}`)]

/** Of every kind, forty together. */
export const FEATURES: readonly string[] = [...BOOLEANS, ...VALUES, ...METERS]

/** Makes the catalogue and so many customers with the plan; each was asked about once, so its object lives. */
export async function fillShop(port: number, key: string, customers: number): Promise<void> {
  const service = client(`http://127.0.0.1:${port}`, key)
  await service.send('PUT', '/catalogue', CATALOGUE)
  const left = Array.from({ length: customers }, (_, index) => customerName(index))
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      await makeCustomer(service, next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

async function makeCustomer(service: Client, id: string): Promise<void> {
  await service.send('PUT', `/customers/${id}`, {})
  const path = `/customers/${id}/subscriptions`
  await service.send('POST', path, { planId: 'pro' }, `subscribe-${id}`)
  await service.send('GET', `/access?customerId=${id}&featureId=${METER}`)
}

/** The body of `PUT /v1/catalogue`. */
export const CATALOGUE = {
  features: [
    ...BOOLEANS.map((id) => ({ id, name: id, type: 'boolean' })),
    ...VALUES.map((id) => ({ id, name: id, type: 'customizable' })),
    ...METERS.map((id) => ({ id, name: id, type: 'meter' })),
  ],
  plans: [
    {
      id: 'free',
      name: 'Free',
      rank: 0,
      allowances: Object.fromEntries([
        ...BOOLEANS.map((id) => [id, { enabled: true }]),
        ...VALUES.map((id) => [id, { value: { theme: id } }]),
      ]),
    },
    {
      id: 'pro',
      name: 'Pro',
      rank: 1,
      parentId: 'free',
      allowances: Object.fromEntries(METERS.map((id) => [id, { limit: LIMIT, reset: 'monthly' }])),
    },
  ],
}
