/** The parsers of batches accept, refuse and mean what their wire schemas do, item by item. */
import { describe, expect, it } from 'vitest'
import { checkAccessBatch } from '../../schema/wire/access.ts'
import { consumeBatch, reportUsageBatch } from '../../schema/wire/usage.ts'
import {
  parseAccessBatch,
  parseConsumeBatch,
  parseUsageBatch,
} from '../../worker/ask/parse-batch.ts'
import type { Parse, Schemas } from '../../worker/route.ts'
import { parserOf } from '../../worker/validation.ts'

const METER = { customerId: 'acme', featureId: 'calls' }
const REPORT = { ...METER, behaviour: 'delta', value: 1 }

const BODIES = [
  undefined,
  null,
  [],
  {},
  { items: null },
  { items: {} },
  { items: 'x' },
  { items: [] },
  { items: [], more: 1 },
  { items: [null] },
  { items: [[]] },
  { items: ['x', METER] },
  ...[
    {},
    METER,
    REPORT,
    { ...METER, quantity: 1 },
    { ...METER, quantity: 0 },
    { ...METER, quantity: 1.5 },
    { ...METER, quantity: 2 ** 53 },
    { ...METER, quantity: null },
    { ...METER, quantity: '1' },
    { ...METER, quantity: undefined },
    { ...METER, customerId: ' acme' },
    { ...METER, customerId: 7 },
    { ...METER, featureId: '' },
    { ...METER, featureId: 'Calls' },
    { ...METER, featureId: 'a\n' },
    { ...METER, featureId: 'a\u0085' },
    { ...METER, surprise: 1 },
    { ...METER, constructor: 1 },
    { ...METER, idempotencyKey: 'order 42' },
    { ...METER, idempotencyKey: ' order' },
    { ...METER, idempotencyKey: '' },
    { ...METER, idempotencyKey: 'x'.repeat(256) },
    { ...METER, metadata: { a: 1 } },
    { ...METER, metadata: [] },
    { ...REPORT, idempotencyKey: 'order-42', enforce: true },
    { ...REPORT, behaviour: 'set', value: -1 },
    { ...REPORT, behaviour: 'SET', value: 0, occurredAt: '2026-01-01T00:00:00Z' },
    { ...REPORT, occurredAt: 'yesterday' },
  ].map((item) => ({ items: [item] })),
  { items: [METER, REPORT] },
  { items: [REPORT, METER, { ...REPORT, value: 0.5 }] },
  ...[500, 501, 1_000, 1_001].map((length) => ({ items: Array.from({ length }, () => METER) })),
  ...[500, 501].map((length) => ({ items: Array.from({ length }, () => REPORT) })),
]

const ROUTES: readonly (readonly [string, Parse<unknown, unknown, unknown>, Schemas])[] = [
  ['checks', parseAccessBatch, checkAccessBatch],
  ['consumptions', parseConsumeBatch, consumeBatch],
  ['reports', parseUsageBatch, reportUsageBatch],
]

describe.each(ROUTES)('parser and schema of a batch of %s', (_, parse, schemas) => {
  it.each(BODIES.map((body) => [summary(body), body]))('agree on %s', (__, body) => {
    const raw = { params: {}, query: {}, body }
    const [ours, theirs] = [parse(raw), parserOf(schemas)(raw)]
    expect(ours.ok).toBe(theirs.ok)
    if (ours.ok && theirs.ok) {
      expect(JSON.parse(meaning(ours.value.body))).toEqual(JSON.parse(meaning(theirs.value.body)))
    }
    if (!ours.ok && !theirs.ok) {
      const pointers = theirs.error.map(({ pointer }) => pointer)
      expect(
        ours.error.map(({ pointer }) => pointer).every((each) => pointers.includes(each)),
      ).toBe(true)
    }
  })
})

/** What is left out is absent to a schema, and null or 1 to a handler. */
function meaning(body: unknown): string {
  return JSON.stringify(body, (name, value: unknown) =>
    value === null || (name === 'quantity' && value === 1) ? undefined : value,
  )
}

function summary(body: unknown): string {
  return JSON.stringify(body)?.slice(0, 160) ?? 'nothing'
}
