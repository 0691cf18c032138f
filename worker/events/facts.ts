/** The dated facts of customers, as whoever tells of them needs them: as rows, because events show them whole. */
import { and, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Catalogue } from '../../entitlements/catalogue.ts'
import type { Customer } from '../../entitlements/customer.ts'
import { decodeDocument } from '../../schema/document.ts'
import { catalogueFrom, decodeHead, EMPTY_HEAD } from '../../schema/head.ts'
import { subscriptionOf } from '../../schema/subscription.ts'
import { catalogue, documents, plans } from '../../schema/tables/catalogue.ts'
import { overrides, subscriptions } from '../../schema/tables/customers.ts'
import type { CustomerRow } from '../change/customer-change.ts'
import { database } from '../change/database.ts'
import type { OverrideRow } from '../change/override-view.ts'
import type { SubscriptionRow } from '../change/subscription-row.ts'
import type { Ports } from '../ports.ts'

/** Everything dated about one customer. */
export interface Facts {
  readonly customer: Pick<CustomerRow, 'id' | 'revision' | 'createdAt' | 'clockAt' | 'toldUntil'>
  /** All but those that an act has ended. */
  readonly subscriptions: readonly SubscriptionRow[]
  readonly overrides: readonly OverrideRow[]
}

/** What a change makes of the dated facts of a customer; what is absent stays as it is. */
export interface NewFacts {
  /** Where the customer comes to be by it. */
  readonly customer?: CustomerRow
  /** New or changed ones. */
  readonly subscriptions?: readonly SubscriptionRow[]
  /** Of one feature; null where it is taken back. */
  readonly override?: { readonly featureId: string; readonly row: OverrideRow | null }
  /** Where the customer's own clock is put, or null where real time is meant again. */
  readonly clockAt?: number | null
}

/** The facts as a change leaves them. */
export function changedFacts(facts: Facts, news: NewFacts): Facts {
  const { subscriptions: bought = [], override } = news
  const ids = new Set(bought.map(({ id }) => id))
  const others = facts.overrides.filter(({ featureId }) => featureId !== override?.featureId)
  return {
    customer: news.customer ?? facts.customer,
    subscriptions: [...facts.subscriptions.filter(({ id }) => !ids.has(id)), ...bought],
    overrides: override?.row ? [...others, override.row] : others,
  }
}

/** The customer as the domain knows it. */
export function customerOf({ customer, subscriptions: held, overrides: given }: Facts): Customer {
  const { id, revision, createdAt, clockAt } = customer
  const domain = { id, revision, createdAt, clockAt, overrides: given }
  return { ...domain, subscriptions: held.map(subscriptionOf) }
}

/** Every plan that the facts speak of. */
export function planIdsOf({ subscriptions: held }: Pick<Facts, 'subscriptions'>): string[] {
  return held.flatMap(({ phases }) => phases.map(({ planId }) => planId))
}

/** The statements that read what is dated about these customers; `factsBy` reads their results. */
export function factsStatements(db: Ports['db'], customerIds: readonly string[]) {
  const of = (column: SQLiteColumn) => inArray(column, values(customerIds))
  const from = database(db)
  return [
    from
      .select()
      .from(subscriptions)
      .where(and(of(subscriptions.customerId), isNull(subscriptions.endedAt))),
    from.select().from(overrides).where(of(overrides.customerId)),
  ] as const
}

/** The facts of each of these customers, by id. */
export function factsBy(
  customers: readonly Facts['customer'][],
  held: readonly SubscriptionRow[],
  given: readonly OverrideRow[],
): ReadonlyMap<string, Facts> {
  const subscriptionsOf = Map.groupBy(held, ({ customerId }) => customerId)
  const overridesOf = Map.groupBy(given, ({ customerId }) => customerId)
  return new Map(
    customers.map((customer) => [
      customer.id,
      {
        customer,
        subscriptions: subscriptionsOf.get(customer.id) ?? [],
        overrides: overridesOf.get(customer.id) ?? [],
      },
    ]),
  )
}

/**
 * The statements that read the catalogue as far as these plans, the default plan and what these customers hold;
 * `catalogueBy` reads their results.
 */
export function catalogueStatements(
  db: Ports['db'],
  planIds: readonly string[],
  customerIds: readonly string[] = [],
) {
  const from = database(db)
  const isWanted = sql`${plans.id} = (SELECT default_plan_id FROM catalogue)
    OR ${plans.id} IN ${values(planIds)} OR ${plans.id} IN (
      SELECT json_extract(phase.value, '$.planId') FROM subscriptions AS held, json_each(held.phases) AS phase
      WHERE held.customer_id IN ${values(customerIds)} AND held.ended_at IS NULL)`
  return [
    from.select({ head: catalogue.head }).from(catalogue),
    from
      .select({ document: documents.document })
      .from(plans)
      .innerJoin(
        documents,
        sql`${documents.planId} = ${plans.id} AND ${documents.revision} = ${plans.documentRevision}`,
      )
      .where(isWanted),
  ] as const
}

/** The catalogue as far as it was read. */
export function catalogueBy(
  heads: readonly { readonly head: string }[],
  texts: readonly { readonly document: string }[],
): Catalogue {
  const compiled = texts.flatMap(({ document }) => decodeDocument(document) ?? [])
  const head = decodeHead(heads[0]?.head ?? '') ?? EMPTY_HEAD
  return catalogueFrom(head, new Map(compiled.map((plan) => [plan.id, plan])))
}

/** One parameter however many there are: D1 binds a hundred at most. */
function values(ids: readonly string[]): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`
}
