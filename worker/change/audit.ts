/** Reading the log of changes. */
import type { Actor } from '../../durable-objects/calls.ts'
import { word } from '../../schema/read.ts'
import type { AuditEntry, AuditFilter } from '../../schema/wire/audit.ts'
import { addressIn } from '../cloudflare-access/roles.ts'
import type { Position } from '../cursor.ts'
import type { List } from '../paging.ts'
import type { Ports } from '../ports.ts'

/** A row of the log, without the states that this page has no room for. */
export interface AuditRow {
  readonly id: number
  readonly at: number
  readonly actor: string
  /** What people call the key, where it was one. */
  readonly key_name: string | null
  readonly action: string
  readonly resource: string
  readonly request_id: string
  readonly before: string | null
  readonly after: string | null
  readonly fits: 0 | 1
}

const KINDS = [
  'key',
  'person',
  'token',
  'binding',
  'provider',
  'portal',
  'checkout',
  'system',
] as const satisfies readonly Actor['kind'][]

/** States of one page, in characters: an import of a catalogue may be a megabyte, and a page holds a hundred. */
const PAGE_LENGTH_MAX = 2 * 1024 * 1024

/** Changes that fit the filter, newest first. */
export function auditList({ db }: Pick<Ports, 'db'>, filter: AuditFilter): List<AuditRow> {
  return {
    name: 'audit',
    positionOf: ({ id }) => [id],
    fitting: (rows) => rows.filter(({ fits }) => fits === 1).length,
    read: async (after, count) => {
      const { where, values } = conditions(filter, after)
      const statement = db.prepare(select(where)).bind(...values, count)
      return (await statement.all<AuditRow>()).results
    },
  }
}

/** A change as it is answered. */
export function auditView(row: AuditRow): AuditEntry {
  const [spoken, ...rest] = row.actor.split(':')
  const [kind, id] = [word(spoken, KINDS), rest.join(':')]
  return {
    id: `chg_${String(row.id).padStart(12, '0')}`,
    at: new Date(row.at).toISOString(),
    actor: { kind, id, name: kind === 'person' ? id : row.key_name },
    action: row.action,
    resource: row.resource,
    before: state(row.before),
    after: state(row.after),
    requestId: row.request_id,
  }
}

function state(text: string | null): AuditEntry['before'] {
  return text === null ? null : JSON.parse(text)
}

/**
 * The first filter that is given leads through its index, in the order of ids; `+` keeps the others from being
 * chosen in its place.
 */
function conditions({ customerId, resource, actor }: AuditFilter, after: Position | null) {
  const by = actor === undefined ? undefined : actorIn(actor)
  const wanted = Object.entries({ customer_id: customerId, resource, actor: by }).flatMap(
    ([column, value]) => (value === undefined ? [] : [{ column, value }]),
  )
  const given = wanted.map(({ column }, at) => `${at === 0 ? '' : '+'}${column} = ?`)
  const older = after === null ? [] : ['id < ?']
  return {
    where: [...given, ...older].join(' AND ') || 'true',
    values: [...wanted.map(({ value }) => value), ...(after ?? [])],
  }
}

/** Whoever is meant: an e-mail address alone is a person's, any other id a key's. */
function actorIn(text: string): string {
  if (KINDS.some((kind) => text.startsWith(`${kind}:`))) return text
  return text.includes('@') ? `person:${addressIn(text) ?? text}` : `key:${text}`
}

const select = (
  where: string,
) => `SELECT id, at, actor, action, resource, request_id, fits, iif(fits, before, NULL) AS before, iif(fits, after, NULL) AS after,
    (SELECT keys.name FROM keys WHERE actor LIKE 'key:%' AND keys.id = substr(actor, 5)) AS key_name
  FROM (SELECT *, sum(ifnull(length(before), 0) + ifnull(length(after), 0)) OVER newest <= ${PAGE_LENGTH_MAX}
          OR row_number() OVER newest = 1 AS fits
        FROM (SELECT * FROM changes WHERE ${where} ORDER BY id DESC LIMIT ?)
        WINDOW newest AS (ORDER BY id DESC))
  ORDER BY id DESC`
