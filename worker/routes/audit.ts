/** The log of changes over HTTP. */
import type { AuditFilter } from '../../schema/wire/audit.ts'
import { auditList, auditView } from '../change/audit.ts'
import { page } from '../paging.ts'
import type { Handler } from '../route.ts'

export const listAudit: Handler<unknown, AuditFilter> = (call) =>
  page(call, auditList(call.ports, call.query), auditView)
