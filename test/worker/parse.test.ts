/** The check path's hand-written parsers accept, refuse and mean exactly what their wire schemas do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getAccess, listEntitlements } from '../../schema/wire/access.ts'
import { getSnapshot } from '../../schema/wire/snapshot.ts'
import { consume, reportUsage, resetUsage } from '../../schema/wire/usage.ts'
import {
  parseAccess,
  parseConsume,
  parseEntitlements,
  parseReset,
  parseSnapshot,
  parseUsage,
} from '../../worker/ask/parse.ts'
import type { Parse, RawInputs, Schemas } from '../../worker/route.ts'
import { parserOf } from '../../worker/validation.ts'

const ids = fc.constantFrom(
  'acme',
  'org/1',
  ' a',
  'a ',
  '.',
  '..',
  'ä',
  '',
  'sso',
  'SSO',
  '-a',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(128),
  'a'.repeat(129),
  'a\n',
  'constructor',
  '__proto__',
)
const numbers = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    1.5,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53) + 1,
    -(2 ** 53),
  ),
  fc.integer(),
  fc.double(),
)
const texts = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '01',
    '1.0',
    '-1',
    '+1',
    '1e3',
    ' 1',
    '9007199254740991',
    '9007199254740992',
    '99999999999999999',
    'true',
    'false',
    'TRUE',
    'delta',
    'SET',
    'Set',
    'add',
  ),
  fc.string({ maxLength: 6 }),
)
const instants = fc.oneof(
  fc.constantFrom(
    '2026-02-28T23:59:59Z',
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00+14:00',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00.123456Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
    '2026-01-01t00:00:00z',
    '0000-01-01T00:00:00Z',
  ),
  fc
    .date({ noInvalidDate: true, min: new Date('1960-01-01'), max: new Date('2100-01-01') })
    .map((date) => date.toISOString()),
)
const metadata = fc.oneof(
  fc.dictionary(
    fc.string({ maxLength: 3 }).filter((name) => name !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 60, size: 'max' },
  ),
  fc.constantFrom(
    { a: 'x'.repeat(8_183) },
    { a: 'x'.repeat(8_185) },
    { a: Infinity },
    { a: [NaN] },
    [],
    null,
    'a',
  ),
)
const anything = fc.oneof(ids, numbers, texts, instants, metadata, fc.boolean(), fc.constant(null))

/** Some of the fields, mostly with values of their kind; now and then a field that is none. */
function fields(known: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  const values = Object.fromEntries(
    Object.entries(known).map(([name, usual]) => [
      name,
      fc.oneof({ weight: 9, arbitrary: usual }, anything),
    ]),
  )
  const record = fc.record(values, { requiredKeys: [] })
  return fc.oneof({ weight: 9, arbitrary: record }, fc.record({ ...values, extra: anything }))
}

const parameters = (known: Readonly<Record<string, fc.Arbitrary<string>>>) =>
  fc.record({ ...known, extra: texts }, { requiredKeys: [] }).map((each) => {
    // A field that is none comes now and then, not always.
    const { extra, ...rest } = each
    return extra === '1' ? each : rest
  })

const NONE = fc.constant({})
const QUANTITY = { ids, quantity: fc.oneof(fc.integer({ min: 1, max: 9 }), numbers) }
const METER = { customerId: ids, featureId: ids }

const raw = (
  params: fc.Arbitrary<unknown>,
  query: fc.Arbitrary<unknown>,
  body: fc.Arbitrary<unknown>,
) => fc.record({ params, query, body }) as fc.Arbitrary<RawInputs>

/** What is left out is absent to a schema and null to a handler, and a part that has nothing is nothing. */
const meaning = (value: object) => {
  const text = JSON.stringify(value, (_, each: unknown) => (each === null ? undefined : each))
  const parts = Object.entries(JSON.parse(text) as Record<string, object>)
  return Object.fromEntries(parts.filter(([, part]) => Object.keys(part).length > 0))
}

const fieldsOf = (errors: readonly { readonly pointer: string }[]) =>
  errors.map(({ pointer }) => pointer.split('/')[1])

function agree<P, Q, B>(
  parse: Parse<P, Q, B>,
  schemas: Schemas,
  inputs: fc.Arbitrary<RawInputs>,
): void {
  const wanted = parserOf(schemas)
  fc.assert(
    fc.property(inputs, (each) => {
      const [ours, theirs] = [parse(each), wanted(each)]
      expect(ours.ok).toBe(theirs.ok)
      if (ours.ok && theirs.ok) expect(meaning(ours.value)).toEqual(meaning(theirs.value))
      if (ours.ok || theirs.ok) return
      // A schema says of a reading that it is negative whatever else is wrong; the parser then says the rest.
      expect(fieldsOf(theirs.error)).toEqual(expect.arrayContaining(fieldsOf(ours.error)))
    }),
    { numRuns: 2_000 },
  )
}

describe('parser and schema agree', () => {
  it('on a check', () => {
    const query = parameters({ ...METER, quantity: texts, fresh: texts })
    agree(parseAccess, getAccess, raw(NONE, query, fc.constant(undefined)))
  })

  it('on a list of entitlements', () => {
    const query = parameters({ featureId: ids, fresh: texts })
    const params = fc.record({ customerId: ids })
    agree(parseEntitlements, listEntitlements, raw(params, query, fc.constant(undefined)))
  })

  it('on a snapshot', () => {
    const params = fc.record({ customerId: ids })
    const query = parameters({ fresh: texts })
    agree(parseSnapshot, getSnapshot, raw(params, query, fc.constant(undefined)))
  })

  it('on consuming', () => {
    const body = fields({ ...METER, quantity: QUANTITY.quantity, metadata })
    agree(
      parseConsume,
      consume,
      raw(NONE, NONE, fc.oneof({ weight: 9, arbitrary: body }, anything)),
    )
  })

  it('on reporting', () => {
    const kinds = fc.constantFrom('delta', 'set', 'DELTA', 'Set')
    const body = fields({
      ...METER,
      behaviour: kinds,
      value: numbers,
      occurredAt: instants,
      enforce: fc.boolean(),
      metadata,
    })
    agree(
      parseUsage,
      reportUsage,
      raw(NONE, NONE, fc.oneof({ weight: 9, arbitrary: body }, anything)),
    )
  })

  it('on resetting', () => {
    const reason = fc.oneof(fc.string(), fc.constantFrom('x'.repeat(512), 'x'.repeat(513), null))
    const body = fc.oneof(
      { weight: 9, arbitrary: fields({ reason }) },
      fc.constantFrom(undefined, null),
    )
    agree(parseReset, resetUsage, raw(fc.record(METER), NONE, body))
  })
})
