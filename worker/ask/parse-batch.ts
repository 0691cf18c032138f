/** The requests that bring many items, from what came in to what is meant. Whatever is wrong refuses all of it. */
import { err, ok, type Result } from '../../entitlements/result.ts'
import type { FieldError } from '../failures.ts'
import type { RawInputs } from '../route.ts'
import {
  askedFeatureId,
  customerId,
  flagParameter,
  idempotencyKey,
  listOf,
  optional,
  quantity,
  readFields,
} from './fields.ts'
import {
  all,
  CONSUME,
  type ConsumeBody,
  type Parsed,
  readUsage,
  USAGE,
  type UsageBody,
} from './parse.ts'

export interface AccessItem {
  readonly customerId: string
  readonly featureId: string
  /** 1 where absent. */
  readonly quantity?: number
}

export interface AccessBatchQuery {
  readonly fresh: boolean
  readonly confirm: boolean
}

export interface Keyed {
  readonly idempotencyKey: string | null
}

export type ConsumeItem = ConsumeBody & Keyed
export type UsageItem = UsageBody & Keyed

export interface Items<T> {
  readonly items: readonly T[]
}

const CHECKS_MAX = 1_000
const USES_MAX = 500

/** Of everything that is wrong with a long list, this much helps. */
const ERRORS_MAX = 100

const NONE = {}
const SURE = { fresh: optional(flagParameter, false), confirm: optional(flagParameter, false) }
const ACCESS = { customerId, featureId: askedFeatureId, quantity: optional(quantity, 1) }
const KEYED = { idempotencyKey: optional(idempotencyKey, null) }
const CONSUME_ITEM = { ...CONSUME, ...KEYED }
const USAGE_ITEM = { ...USAGE, ...KEYED }

export function parseAccessBatch({
  query,
  body,
}: RawInputs): Parsed<unknown, AccessBatchQuery, Items<AccessItem>> {
  const items = readItems(body, CHECKS_MAX, (item) =>
    isAccessItem(item) ? ok(item) : readFields<Required<AccessItem>>(item, ACCESS),
  )
  return all(ok(NONE), readFields<AccessBatchQuery>(query, SURE), items)
}

export function parseConsumeBatch({
  query,
  body,
}: RawInputs): Parsed<unknown, unknown, Items<ConsumeItem>> {
  const items = readItems(body, USES_MAX, (item) => readFields<ConsumeItem>(item, CONSUME_ITEM))
  return all(ok(NONE), readFields(query, NONE), items)
}

export function parseUsageBatch({
  query,
  body,
}: RawInputs): Parsed<unknown, unknown, Items<UsageItem>> {
  const items = readItems(body, USES_MAX, (item) => readUsage<UsageItem>(item, USAGE_ITEM))
  return all(ok(NONE), readFields(query, NONE), items)
}

/** Whether an item can stay as it came in: a thousand of them cost less than reading ten field by field. */
function isAccessItem(item: unknown): item is AccessItem {
  if (typeof item !== 'object' || item === null) return false
  for (const name in item) if (!Object.hasOwn(ACCESS, name)) return false
  if (!('customerId' in item && 'featureId' in item)) return false
  if (customerId.read(item.customerId) === undefined) return false
  if (askedFeatureId.read(item.featureId) === undefined) return false
  return !('quantity' in item) || quantity.read(item.quantity) !== undefined
}

function readItems<T>(
  body: unknown,
  itemsMax: number,
  read: (item: unknown) => Result<T, readonly FieldError[]>,
): Result<Items<T>, readonly FieldError[]> {
  const list = readFields<Items<unknown>>(body, { items: listOf(itemsMax) })
  if (!list.ok) return list
  const items: T[] = []
  const errors: FieldError[] = []
  for (const [at, given] of list.value.items.entries()) {
    const item = read(given)
    if (item.ok) items.push(item.value)
    else for (const each of item.error) errors.push(below(at, each))
  }
  return errors.length === 0 ? ok({ items }) : err(errors.slice(0, ERRORS_MAX))
}

function below(at: number, error: FieldError): FieldError {
  return { ...error, pointer: `/items/${at}${error.pointer}` }
}
