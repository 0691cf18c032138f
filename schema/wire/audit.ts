/** The log of changes on the wire. */
import * as z from 'zod/mini'
import { body, customerId, instantText, madeId, PAGE_QUERY, pageOf, words } from './field.ts'

const filter = body({
  ...PAGE_QUERY,
  /** As `{kind}:{id}`; an e-mail address alone is a person's, any other id a key's. */
  actor: z.exactOptional(words(300)),
  /** What was changed, as its path below `/v1/`: `plans/pro`. */
  resource: z.exactOptional(words(600)),
  customerId: z.exactOptional(customerId),
})

/** One change: who did what to what. */
export const auditEntry = z.object({
  id: madeId('chg'),
  at: instantText,
  actor: z.object({
    kind: z.enum(['key', 'person', 'token', 'binding', 'provider', 'portal', 'checkout', 'system']),
    id: z.string(),
    /** What people call them: a key's name, a person's e-mail address; null of others, and of a key that is stored no more. */
    name: z.nullable(z.string()),
  }),
  /** `{resource}.{verb}`. */
  action: z.string(),
  resource: z.string(),
  /** The resource; null where there was or is none, `{"omittedBytes": …}` where it is too large to be kept. */
  before: z.json(),
  after: z.json(),
  requestId: z.string(),
})

export type AuditFilter = z.infer<typeof filter>
export type AuditEntry = z.infer<typeof auditEntry>

export const listAudit = { query: filter, answer: pageOf(auditEntry) }
