import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'

const {
  SLUICE_URL = 'http://localhost:8787',
  SLUICE_KEY = '',
  CUSTOMER = 'boston-co',
} = process.env

/** @type {[string, string][]} */
const headers = [['Authorization', `Bearer ${SLUICE_KEY}`]]
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: SLUICE_URL, headers }))
const flags = OpenFeature.getClient()

/** A flag is a feature, and whom it is about is a customer of Sluice. */
const customer = { targetingKey: CUSTOMER }

// A boolean feature: the default speaks only while nobody can be asked.
console.log(`white-label: ${await flags.getBooleanValue('white-label', false, customer)}`)

// A meter: is there one unit left, and how many are there?
const { value, variant, flagMetadata } = await flags.getBooleanDetails('messages', false, customer)
console.log(`messages: ${value} (${variant}), ${flagMetadata.used} of ${flagMetadata.limit} used`)
console.log(`messages left: ${await flags.getNumberValue('messages.balance', 0, customer)}`)

// A customizable feature: its value, of whatever type it has.
console.log(`support-level: ${await flags.getStringValue('support-level', 'mail', customer)}`)
console.log(`regions: ${JSON.stringify(await flags.getObjectValue('regions', [], customer))}`)

await OpenFeature.close()
