/** Customers, and what one of them is given apart from its plans. */
import type { Connection } from '../contract.ts'
import { asked, type ManageOptions, pathOf, withQuery } from './asked.ts'
import type {
  Changed,
  Customer,
  CustomerFields,
  CustomerQuery,
  CustomerToken,
  Override,
  OverrideInput,
  Page,
  PageQuery,
  PortalInput,
  PortalSession,
  TokenInput,
} from './resources.ts'

type ChangedCustomer = Promise<Customer & Changed>
type ChangedOverride = Promise<Override & Changed & { readonly revision: number }>

export interface Customers {
  /** Makes it, or says all of it anew. */
  put(customerId: string, fields?: CustomerFields, options?: ManageOptions): ChangedCustomer
  get(customerId: string, options?: ManageOptions): Promise<Customer>
  list(query?: CustomerQuery, options?: ManageOptions): Promise<Page<Customer>>
  /** Changes what it names; `null` removes. */
  patch(customerId: string, fields: CustomerFields, options?: ManageOptions): ChangedCustomer
  /** Refused while a subscription runs. */
  archive(customerId: string, options?: ManageOptions): ChangedCustomer
}

export interface Overrides {
  put(
    customerId: string,
    featureId: string,
    override: OverrideInput,
    options?: ManageOptions,
  ): ChangedOverride
  /** Reverts it: the plans decide again. */
  delete(customerId: string, featureId: string, options?: ManageOptions): ChangedOverride
  list(customerId: string, query?: PageQuery, options?: ManageOptions): Promise<Page<Override>>
}

export interface Tokens {
  /** A token for one customer's browser. */
  create(customerId: string, input?: TokenInput, options?: ManageOptions): Promise<CustomerToken>
}

export interface Portal {
  /** A link to the customer's own page. */
  create(customerId: string, input?: PortalInput, options?: ManageOptions): Promise<PortalSession>
}

/** Those of `manage`. */
export function customersOf(to: Connection): Customers {
  const at = (id: string) => ({ path: pathOf`/v1/customers/${id}`, customerIds: [id] })
  return {
    put: (id, body = {}, options) => asked(to, { method: 'PUT', ...at(id), body }, options),
    get: (id, options) => asked(to, { method: 'GET', ...at(id) }, options),
    list: (query = {}, options) =>
      asked(to, { method: 'GET', path: withQuery('/v1/customers', query) }, options),
    patch: (id, body, options) => asked(to, { method: 'PATCH', ...at(id), body }, options),
    archive: (id, options) => asked(to, { method: 'DELETE', ...at(id) }, options),
  }
}

/** Those of `manage`. */
export function overridesOf(to: Connection): Overrides {
  const at = (id: string, featureId: string) => ({
    path: pathOf`/v1/customers/${id}/overrides/${featureId}`,
    customerIds: [id],
  })
  return {
    put: (id, featureId, body, options) =>
      asked(to, { method: 'PUT', ...at(id, featureId), body }, options),
    delete: (id, featureId, options) =>
      asked(to, { method: 'DELETE', ...at(id, featureId) }, options),
    list: (id, query = {}, options) => {
      const path = withQuery(pathOf`/v1/customers/${id}/overrides`, query)
      return asked(to, { method: 'GET', path, customerIds: [id] }, options)
    },
  }
}

/** Those of `manage`. */
export function tokensOf(to: Connection): Tokens {
  return {
    create: (id, body = {}, options) =>
      asked(to, { method: 'POST', path: pathOf`/v1/customers/${id}/tokens`, body }, options),
  }
}

/** That of `manage`. */
export function portalOf(to: Connection): Portal {
  return {
    create: (id, body = {}, options) => {
      const path = pathOf`/v1/customers/${id}/portal-sessions`
      return asked(to, { method: 'POST', path, body }, options)
    },
  }
}
