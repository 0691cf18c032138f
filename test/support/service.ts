/**
 * The service as a caller meets it: the real bundle on workerd with its real stores, over loopback sockets.
 *
 * It starts once for all files that ask for it and is seeded as `npm run dev` seeds it. Tests share its stores, so
 * each makes what it changes under ids of its own.
 */
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request, type OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { createTestHarness } from 'wrangler'
import { makeSecretKey, type Role, type Scope, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { problem } from '../../schema/wire/problem.ts'
import { keyStatements } from '../../scripts/key-row.ts'
import { seedDocument } from '../../scripts/seed/document.ts'
import { load } from '../../scripts/seed/load.ts'
import { ROUTES } from '../../worker/routes.ts'
import { serveTeam } from './access-address.ts'
import { shownWorker } from './fences.ts'

const ROOT = join(import.meta.dirname, '../..')

/** More than any test has under way at once. */
const SOCKETS = 1_000

export interface Reply {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  readonly body: any
  readonly text: string
}

/** A request as it goes onto the wire: nothing is normalised, and a body may come without its length. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: OutgoingHttpHeaders
  /** Sent as it stands; in several chunks without `Content-Length` where it is a list. */
  readonly body?: string | Uint8Array | readonly string[] | undefined
}

/** One caller. Paths begin below `/v1`; every answer must have the shape that its route documents. */
export interface Api {
  get(path: string, headers?: OutgoingHttpHeaders): Promise<Reply>
  delete(path: string, headers?: OutgoingHttpHeaders): Promise<Reply>
  post(path: string, body?: unknown, headers?: OutgoingHttpHeaders): Promise<Reply>
  put(path: string, body: unknown, headers?: OutgoingHttpHeaders): Promise<Reply>
  patch(path: string, body: unknown, headers?: OutgoingHttpHeaders): Promise<Reply>
}

/** Everything that a refused request must leave as it was: by table, its rows. */
export type Dump = Readonly<Record<string, readonly unknown[]>>

/** A key that may do everything. */
export const KEY = newKey()

/** Who lets people in beside keys. */
export const ACCESS = await serveTeam()

const server = createTestHarness({
  root: ROOT,
  workers: [
    { configPath: './wrangler.toml', secrets: ACCESS.settings },
    { configPath: './test/support/caller.toml' },
    { configPath: './examples/hono-worker/wrangler.toml', secrets: { SLUICE_KEY: KEY } },
    shownWorker('README.md', 'shown-by-readme'),
    shownWorker('docs/rpc.md', 'shown-by-rpc'),
  ],
})
const worker = server.getWorker<Env>('sluice')
const caller = server.getWorker('caller')
/** A connection a request: one that had been kept could be closed by the other side just as it is used again. */
const agent = new Agent({ keepAlive: false, maxSockets: SOCKETS })

const { url } = await server.listen()

/** Where it listens. */
export const ORIGIN = url.origin

await worker.applyD1Migrations('DB')
const { DB } = await worker.getEnv()

await noteKey(KEY, { scopes: ['read', 'usage', 'manage'] })

await load(seedDocument(readFileSync(join(ROOT, 'scripts/demo.json'), 'utf8')), {
  url: url.href,
  key: KEY,
  now: Date.now(),
})

/** A caller who may do everything. */
export const api: Api = apiWith(KEY)

/** A caller with this key. */
export function apiWith(key: string): Api {
  const call =
    (method: string) =>
    async (path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<Reply> => {
      const sent = {
        method,
        path: `/v1${path}`,
        headers: {
          Authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }
      const reply = await send(sent)
      await mustBeDocumented(sent, reply)
      return reply
    }
  return {
    get: (path, headers) => call('GET')(path, undefined, headers),
    delete: (path, headers) => call('DELETE')(path, undefined, headers),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
  }
}

/** Has another Worker call one method of Sluice over one of its bindings. */
export async function callFromWorker(method: string, said: unknown, binding = 'SLUICE') {
  const body = JSON.stringify({ binding, method, said })
  const response = await caller.fetch('https://caller.test/', { method: 'POST', body })
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
  const answer: any = await response.json()
  return answer
}

/** Asks another Worker, which asks Sluice: that of `examples/hono-worker/`, or of a page that shows one. */
export async function askWorker(
  name: 'sluice-example-hono-worker' | 'shown-by-readme' | 'shown-by-rpc',
  path: string,
  request: { readonly method: string; readonly headers: Record<string, string> },
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await server.getWorker(name).fetch(`https://shop.test${path}`, request)
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.includes('json') === true
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

/** Sends a request and reads the whole answer. */
export function send({ method, path, headers = {}, body }: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: url.hostname, port: url.port, agent, method, path, headers },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => resolve(replyFrom(incoming, chunks)))
      },
    )
    outgoing.on('error', reject)
    if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body)
    else {
      for (const chunk of body ?? []) outgoing.write(chunk)
      outgoing.end()
    }
  })
}

/** Makes a key known to D1 as `npm run keys` does, and returns its text. */
export async function makeKey(fields: KeyFields): Promise<string> {
  const key = newKey()
  await noteKey(key, fields)
  return key
}

interface KeyFields {
  readonly scopes: readonly Scope[]
  /** A person's; without it a program's. */
  readonly role?: Role
  readonly expiresAt?: number
}

function newKey(): string {
  return makeSecretKey('sandbox', crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
}

async function noteKey(key: string, fields: KeyFields): Promise<void> {
  const row = { key, name: 'conformance', expiresAt: null, ...fields }
  for (const statement of (await keyStatements(row, Date.now())).split(';\n'))
    await DB.prepare(statement).all()
}

/**
 * Everything that has been decided, and what this customer has used: by table, its rows.
 *
 * Left out is what comes to D1 in its own time: of objects events, summaries, how far they have come; when a key was
 * last used; what has been sent to whom.
 */
export async function dump(customerId: string): Promise<Dump> {
  const { results } = await DB.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN (${IN_THEIR_OWN_TIME})
     AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`,
  ).all<{ readonly name: string }>()
  const names = results.map(({ name }) => name)
  const storage = await worker.getDurableObjectStorage('CUSTOMERS', { name: customerId })
  const [tables, ...used] = await Promise.all([
    DB.batch<object>(names.map((name) => DB.prepare(`SELECT * FROM "${name}"`))),
    ...['ledger', 'lots', 'outcomes'].map((table) => storage.exec(`SELECT * FROM ${table}`)),
  ])
  const rows = tables.map((table, at) => [names[at] ?? '', table.results.map(decided)] as const)
  return { ...Object.fromEntries(rows), used }
}

/** One cron tick. */
export async function tick(): Promise<void> {
  await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
}

/** An id that nothing else uses. */
export function unique(kind: string): string {
  return `${kind}-${crypto.randomUUID().slice(0, 13)}`
}

const IN_THEIR_OWN_TIME =
  "'events', 'usage_summary', 'webhook_deliveries', 'webhook_attempts', 'd1_migrations'"

/** A row without how far its object or what is sent has come, and without when its key was last used. */
function decided(row: object): object {
  const entries = Object.entries(row)
  return Object.fromEntries(
    entries.filter(
      ([name]) => !/^(synced_version|next_due|last_used_at|after_n|failing_since)$/.test(name),
    ),
  )
}

/** Throws when an answer has not the shape that its row in the route table documents. */
async function mustBeDocumented({ method, path }: Sent, { status, body }: Reply): Promise<void> {
  const row = ROUTES.find((each) => each.method === method && matches(each.path, path))
  const answer = (await row?.schemas())?.answer
  const schema = status >= 400 ? problem : answer
  if (schema === undefined || status === 304) return
  const read = schema.safeParse(body)
  if (read.success) return
  const issues = JSON.stringify(read.error.issues)
  throw new Error(
    `${method} ${path} answered ${JSON.stringify(body)}, not as documented: ${issues}`,
  )
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const steps = path.split('?', 1).join('').split('/')
  return (
    wanted.length === steps.length &&
    wanted.every((step, at) => step.startsWith(':') || step === steps[at])
  )
}

function replyFrom(
  { statusCode = 0, rawHeaders }: IncomingMessage,
  chunks: readonly Buffer[],
): Reply {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  const text = Buffer.concat(chunks).toString()
  const isJson = text !== '' && headers.get('Content-Type')?.includes('json') === true
  return { status: statusCode, headers, text, body: isJson ? JSON.parse(text) : null }
}
