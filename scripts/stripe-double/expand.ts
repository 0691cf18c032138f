import { type Account, Refused } from './account.ts'

/** Where an id in a field leads. */
const LEADS_TO: Readonly<Record<string, keyof Account>> = {
  customer: 'customers',
  latest_invoice: 'invoices',
  schedule: 'schedules',
  subscription: 'subscriptions',
  invoice: 'invoices',
  payment_intent: 'intents',
  latest_charge: 'charges',
  price: 'prices',
}

const LEVELS_MAX = 4

/** An object with the named paths filled in, as `expand` asks for; paths through lists begin with `data`. */
export function expanded(account: Account, object: object, paths: readonly string[]): object {
  return paths.reduce((all, path) => {
    const steps = path.split('.')
    if (steps.length > LEVELS_MAX)
      throw new Refused('You cannot expand more than 4 levels of a property', { param: 'expand' })
    return along(account, all, steps, path)
  }, object)
}

function along(
  account: Account,
  object: object,
  [step, ...rest]: readonly string[],
  path: string,
): object {
  if (step === undefined) return object
  const value: unknown = Reflect.get(object, step)
  const lists = rest.length === 0 && step === 'payments' && isInvoice(object)
  if (lists) return { ...object, payments: paymentsOf(account, String(Reflect.get(object, 'id'))) }
  if (value === undefined)
    throw new Refused(`This property cannot be expanded (${path}).`, { param: 'expand' })
  if (value === null) return object
  if (Array.isArray(value))
    return { ...object, [step]: value.map((each: object) => along(account, each, rest, path)) }
  const kept = typeof value === 'string' ? lookUp(account, step, value, path) : (value as object)
  return { ...object, [step]: along(account, kept, rest, path) }
}

function lookUp(account: Account, field: string, id: string, path: string): object {
  const kind = LEADS_TO[field]
  const kept: unknown = kind === undefined ? undefined : account[kind]
  const found: unknown = kept instanceof Map ? kept.get(id) : undefined
  if (typeof found === 'object' && found !== null) return found
  throw new Refused(`This property cannot be expanded (${path}).`, { param: 'expand' })
}

function isInvoice(object: object): boolean {
  return Reflect.get(object, 'object') === 'invoice'
}

function paymentsOf(account: Account, invoiceId: string) {
  const data = [...account.invoicePayments.values()].filter(({ invoice }) => invoice === invoiceId)
  return { object: 'list', data, has_more: false, url: '/v1/invoice_payments' }
}
