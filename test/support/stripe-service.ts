/**
 * The service with Stripe turned on, and the double that stands for Stripe: two processes that talk over loopback, as they
 * do in production over the internet. Tests play everybody else.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createTestHarness } from 'wrangler'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { keyStatements } from '../../scripts/key-row.ts'
import { signatureOf } from '../../scripts/stripe-double/deliveries.ts'

const ROOT = join(import.meta.dirname, '../..')

const SECRET_KEY = 'sk_test_conformance'
export const WEBHOOK_SECRETS = ['whsec_now', 'whsec_before'] as const

// oxlint-disable-next-line typescript/no-explicit-any -- any JSON: a test compares what it reads
type Json = any

export interface Answer {
  readonly status: number
  readonly body: Json
}

/** Stripe as its account's owner, its customers and their banks move it. */
export interface DoubleControl {
  command(name: string, said?: Readonly<Record<string, string | number | undefined>>): Promise<Json>
  /** Everything that it knows. */
  state(): Promise<Json>
}

export interface StripeService {
  readonly url: string
  readonly double: DoubleControl
  /** A request below `/v1`. */
  send(method: string, path: string, body?: object): Promise<Answer>
  /** A webhook as Stripe sends it, with whatever signature. */
  webhook(text: string, signature: string | null): Promise<Answer>
  tick(): Promise<void>
  rows(sql: string, ...values: readonly unknown[]): Promise<readonly Json[]>
  stop(): Promise<void>
}

/** A signature that is right, unless something says otherwise. */
export function signed(
  text: string,
  { secret = WEBHOOK_SECRETS[0] as string, ageS = 0 } = {},
): string {
  return signatureOf(text, secret, Math.floor(Date.now() / 1000) - ageS)
}

/** Starts both, with a catalogue and a key. Whoever starts them stops them. */
export async function startWithStripe(catalogue: object): Promise<StripeService> {
  const { child, url: doubleUrl } = await startDoubleProcess()
  const server = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: './wrangler.toml',
        secrets: {
          STRIPE_SECRET_KEY: SECRET_KEY,
          STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRETS.join(' '),
          STRIPE_API_BASE: doubleUrl,
        },
      },
    ],
  })
  const worker = server.getWorker<Env>('sluice')
  const { url } = await server.listen()
  await worker.applyD1Migrations('DB')
  const { DB } = await worker.getEnv()
  const key = makeSecretKey('sandbox', crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)))
  const row = { key, name: 'stripe', scopes: ['read', 'usage', 'manage'], expiresAt: null } as const
  for (const statement of (await keyStatements(row, Date.now())).split(';\n'))
    await DB.prepare(statement).all()
  const double = controlOf(doubleUrl)
  const service: StripeService = {
    url: url.origin,
    double,
    send: (method, path, body) => sendTo(`${url.origin}/v1${path}`, method, key, body),
    webhook: (text, signature) => tell(`${url.origin}/webhooks/stripe`, text, signature),
    tick: async () => {
      await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
    },
    rows: async (sql, ...values) =>
      (
        await DB.prepare(sql)
          .bind(...values)
          .all()
      ).results,
    stop: async () => {
      await server.close()
      await ended(child)
    },
  }
  const put = await service.send('PUT', '/catalogue', catalogue)
  if (put.status >= 300) throw new Error(JSON.stringify(put.body))
  await double.command('deliver', {
    url: `${url.origin}/webhooks/stripe`,
    secret: WEBHOOK_SECRETS[0],
  })
  return service
}

async function startDoubleProcess(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', 'scripts/stripe-double.ts', '--port', '0', '--key', SECRET_KEY],
    { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    const { url } = JSON.parse(line) as { readonly url: string }
    return { child, url }
  }
  throw new Error('the double ended before it said where it is')
}

/** The double ends with its standard input. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve())
    child.stdin?.end()
  })
}

function controlOf(url: string): DoubleControl {
  const command: DoubleControl['command'] = async (name, said = {}) => {
    const init = { method: 'POST', body: JSON.stringify(said) }
    const response = await fetch(`${url}/_double/${name}`, init)
    const body: Json = await response.json()
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(body)}`)
    return body
  }
  return { command, state: () => command('state') }
}

async function sendTo(url: string, method: string, key: string, body?: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return answerFrom(response)
}

async function tell(url: string, body: string, signature: string | null): Promise<Answer> {
  const headers = {
    'Content-Type': 'application/json',
    ...(signature !== null && { 'Stripe-Signature': signature }),
  }
  return answerFrom(await fetch(url, { method: 'POST', headers, body }))
}

async function answerFrom(response: Response): Promise<Answer> {
  return { status: response.status, body: await response.json() }
}
