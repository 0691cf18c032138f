import { sql } from 'drizzle-orm'
import { check, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Statement } from '../../entitlements/allowance.ts'
import type { CompiledPlan, FeatureType } from '../../entitlements/catalogue.ts'
import type { ChargePeriod } from '../../entitlements/subscription.ts'
import { instant, metadata, naturals, revision } from './columns.ts'

/** What a plan costs per charge period. */
export interface Price {
  readonly chargePeriod: ChargePeriod
  /** In the currency's smallest unit. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
}

/** Named events that feed a meter. */
export interface MeterSource {
  readonly event: string
  readonly aggregate: 'count' | 'sum'
  readonly property?: string
}

/** How a meter's quantity is called. */
export interface Unit {
  readonly singular: string
  readonly plural: string
}

/** One row: the catalogue's revision and its head as published. */
export const catalogue = sqliteTable(
  'catalogue',
  {
    id: integer('id').primaryKey(),
    revision: revision(),
    defaultPlanId: text('default_plan_id'),
    head: text('head').notNull(),
  },
  (table) => [
    check('catalogue_one_row', sql`${table.id} = 1`),
    ...naturals('catalogue', table.revision),
  ],
)

export const features = sqliteTable(
  'features',
  {
    id: text('id').primaryKey(),
    type: text('type').$type<FeatureType>().notNull(),
    name: text('name').notNull(),
    description: text('description'),
    unit: text('unit', { mode: 'json' }).$type<Unit>(),
    meter: text('meter', { mode: 'json' }).$type<MeterSource>(),
    onUnavailable: text('on_unavailable').$type<'deny' | 'allow'>().notNull(),
    metadata: metadata(),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    revision: revision(),
  },
  (table) => [
    check('features_type', sql`${table.type} IN ('boolean', 'meter', 'customizable')`),
    check('features_on_unavailable', sql`${table.onUnavailable} IN ('deny', 'allow')`),
    ...naturals('features', table.archivedAt, table.createdAt, table.updatedAt, table.revision),
  ],
)

export const plans = sqliteTable(
  'plans',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description'),
    parentId: text('parent_id'),
    kind: text('kind').$type<CompiledPlan['kind']>().notNull(),
    rank: integer('rank').notNull(),
    visibility: text('visibility').$type<'public' | 'private'>().notNull(),
    trialDays: integer('trial_days').notNull(),
    graceDays: integer('grace_days'),
    prices: text('prices', { mode: 'json' }).$type<readonly Price[]>().notNull(),
    /** Own statements only; what is inherited stands in the document. */
    allowances: text('allowances', { mode: 'json' })
      .$type<{ readonly [featureId: string]: Statement }>()
      .notNull(),
    metadata: metadata(),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    revision: revision(),
    /** The revision of the compiled document in force; stays while the compiled content is equal. */
    documentRevision: integer('document_revision').notNull(),
  },
  (table) => [
    check('plans_kind', sql`${table.kind} IN ('base', 'addon')`),
    check('plans_visibility', sql`${table.visibility} IN ('public', 'private')`),
    ...naturals(
      'plans',
      table.rank,
      table.trialDays,
      table.graceDays,
      table.archivedAt,
      table.createdAt,
      table.updatedAt,
      table.revision,
      table.documentRevision,
    ),
  ],
)

/** Compiled plans, one row a revision. Immutable. */
export const documents = sqliteTable(
  'documents',
  {
    planId: text('plan_id').notNull(),
    revision: revision(),
    document: text('document').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.planId, table.revision] }),
    ...naturals('documents', table.revision),
  ],
)
