import { forgetCustomer } from '../../worker/isolate.ts'

/** Takes the customer that is asked about out of the isolate's memory. */
export function forgetCustomerOf({ url }: Request): void {
  const [, customerId] = /[?&]customerId=([^&]*)/.exec(url) ?? []
  if (customerId !== undefined) forgetCustomer(decodeURIComponent(customerId))
}
