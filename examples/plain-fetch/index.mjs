import { check, consume } from './sluice.mjs'

const {
  SLUICE_URL = 'http://localhost:8787',
  SLUICE_KEY = '',
  CUSTOMER = 'starter-co',
} = process.env
const sluice = { url: SLUICE_URL, key: SLUICE_KEY }

const sso = await check(sluice, { customerId: CUSTOMER, featureId: 'sso' })
console.log(
  sso.hasAccess ? 'Single sign-on is on.' : `No single sign-on: ${sso.reason}. ${sso.hint ?? ''}`,
)

const use = {
  customerId: CUSTOMER,
  featureId: 'api-calls',
  quantity: 3,
  idempotencyKey: crypto.randomUUID(),
}
const { consumed, entitlement } = await consume(sluice, use)
console.log(
  consumed
    ? `Counted 3 calls; ${entitlement.balance} are left.`
    : `Refused: ${entitlement.reason}.`,
)
