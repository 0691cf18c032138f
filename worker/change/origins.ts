/** Whose pages may call with a customer's token. */
import { eq, sql } from 'drizzle-orm'
import { err, ok, type Result } from '../../entitlements/result.ts'
import { settings } from '../../schema/tables/settings.ts'
import { type Asking, attempt } from '../attempt.ts'
import type { Failure } from '../failures.ts'
import { type AllowedOrigins, allowedOrigins } from '../origins.ts'
import { LOOPBACK } from '../payments/addresses.ts'
import type { Call, Environment, Outcome } from '../route.ts'
import { ifMatchFailure, tagOf } from '../tag.ts'
import { commit, type Committing, revisionAfter, untilCommitted } from './commit.ts'
import { database } from './database.ts'

/** What setting them needs of a call. */
export type Setting = Committing & Asking & Pick<Call, 'environment' | 'ifMatch'>

const KV_LIMIT_MS = 5_000
const NAME = 'origins'

/** The origins as they are set. */
export async function readOrigins({ ports }: Pick<Setting, 'ports'>): Promise<AllowedOrigins> {
  const row = await database(ports.db).select().from(settings).where(eq(settings.name, NAME)).get()
  return row === undefined
    ? { revision: 0, origins: [] }
    : { revision: row.revision, origins: row.value }
}

/** Sets them anew, all of them. */
export function putOrigins(call: Setting, origins: readonly string[]): Promise<Outcome> {
  return untilCommitted(call, async () => {
    const faulty = origins.findIndex((each) => !isOrigin(each, call.environment))
    if (faulty !== -1) return err(notAnOrigin(faulty, call.environment))
    const before = await readOrigins(call)
    const tag = tagOf(before.revision)
    const mismatch = ifMatchFailure(call.ifMatch, tag, before.revision)
    if (mismatch !== null) return err(mismatch)
    const after = { origins, revision: revisionAfter(before.revision, call.now) }
    const isSame = JSON.stringify(before.origins) === JSON.stringify(origins)
    if (!isSame && (await store(call, before, after)) === 'lost') return 'lost'
    return announced(call, isSame ? before : after)
  })
}

function store(call: Setting, before: AllowedOrigins, after: AllowedOrigins) {
  const { origins: value, revision } = after
  const statement = database(call.ports.db)
    .insert(settings)
    .values({ name: NAME, value, revision })
    .onConflictDoUpdate({
      target: settings.name,
      set: { value: sql`excluded.value`, revision: sql`excluded.revision` },
    })
  return commit(call, {
    subject: 'settings:origins',
    previous: before.revision,
    revision,
    action: 'settings.put',
    resource: 'settings/origins',
    before: { origins: before.origins },
    after: { origins: value },
    statements: [statement],
  })
}

/** Tells the edge. */
async function announced(call: Setting, set: AllowedOrigins): Promise<Result<Answered, Failure>> {
  const put = await attempt(call, 'kv', KV_LIMIT_MS, () => allowedOrigins.publish(call.ports))
  const isDone = put.ok && put.value.revision >= set.revision
  const propagation = isDone ? 'done' : 'pending'
  return ok({ body: { ...set, propagation }, etag: tagOf(set.revision) })
}

interface Answered {
  readonly body: AllowedOrigins & { readonly propagation: 'done' | 'pending' }
  readonly etag: string
}

/** Whether a browser would say so of a page: scheme, host and port, nothing else. */
function isOrigin(text: string, environment: Environment): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || url.origin !== text || text.includes('*')) return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (environment === 'local' || LOOPBACK.test(url.hostname))
}

function notAnOrigin(at: number, environment: Environment): Failure {
  const plain = environment === 'local' ? '' : ' (http:// leads to localhost alone)'
  const expected = `an origin as browsers write it, such as https://app.example.com: https://, lower case, no path, no wildcard${plain}`
  return { code: 'url_not_allowed', pointer: `/origins/${at}`, expected }
}
