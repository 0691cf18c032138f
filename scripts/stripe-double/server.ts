/**
 * A double of Stripe: the part of its API that Sluice uses, over HTTP on loopback, in its shapes and with its refusals.
 *
 * What differs from Stripe: there is one account, every customer has one card, a subscription has one item, and time can
 * be moved ahead. `POST /_double/{command}` is for whoever plays everybody else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Stripe from 'stripe'
import { type Account, openAccount, Refused } from './account.ts'
import { COMMANDS, type Double, type Said } from './control.ts'
import { openDeliveries } from './deliveries.ts'
import { ENDPOINTS } from './endpoints.ts'
import { expanded } from './expand.ts'
import { Parameters } from './parameters.ts'
import { advance } from './subscriptions.ts'

export interface DoubleOptions {
  /** 0: any that is free. */
  readonly port: number
  /** Accepted as `Authorization: Bearer …`; everything else is refused. */
  readonly key: string
}

export interface RunningDouble {
  readonly url: string
  stop(): Promise<void>
}

/** Said by events, as by an endpoint that was made with the version that the SDK speaks. */
const API_VERSION = '2026-10-28.endive' satisfies Stripe.LatestApiVersion

const HOST = '127.0.0.1'
const BODY_BYTES_MAX = 1024 * 1024
const CONTROL = '/_double/'

/** Starts a double on loopback. */
export async function startDouble({ port, key }: DoubleOptions): Promise<RunningDouble> {
  const double = openDouble()
  const server = createServer((request, response) => {
    void serve(double, key, request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return { url: `http://${HOST}:${taken}`, stop: () => stop(server) }
}

function openDouble(): Double {
  const deliveries = openDeliveries()
  let made = 0
  const newId: Account['newId'] = (prefix) => `${prefix}_1Double${String(++made).padStart(8, '0')}`
  const tell: Account['tell'] = (type, object) => {
    const id = newId('evt')
    const event = {
      id,
      object: 'event',
      api_version: API_VERSION,
      created: double.account.now,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    }
    deliveries.tell({ id, type, text: JSON.stringify(event, null, 2) })
  }
  const open = () => openAccount(Math.floor(Date.now() / 1000), { newId, tell })
  const double: Double = {
    account: open(),
    deliveries,
    answers: new Map(),
    mood: 'up',
    calls: 0,
    aheadS: 0,
    open,
  }
  return double
}

async function serve(
  double: Double,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await textOf(request)
  keepTime(double)
  const { pathname, search } = new URL(request.url ?? '/', `http://${HOST}`)
  if (pathname.startsWith(CONTROL)) return control(double, pathname, body, response)
  if (double.mood === 'hanging') return
  double.calls += 1
  const encoded = request.method === 'GET' || request.method === 'DELETE' ? search.slice(1) : body
  const once = request.headers['idempotency-key']
  const asked = `${request.method} ${pathname} ${encoded}`
  const kept = typeof once === 'string' ? double.answers.get(once) : undefined
  if (kept !== undefined && kept.asked === asked) return write(response, kept.status, kept.text)
  try {
    if (double.mood === 'down')
      throw new Refused('An unknown error occurred', { status: 500, type: 'api_error' })
    const isChange = request.method !== 'GET' && pathname.startsWith('/v1/subscription')
    if (double.mood === 'stubborn' && isChange)
      throw new Refused('This subscription cannot be changed.', { code: 'not_changeable' })
    if (request.headers.authorization !== `Bearer ${key}`)
      throw new Refused('Invalid API Key provided', { status: 401 })
    if (kept !== undefined)
      throw new Refused('Keys for idempotent requests can only be used with the same parameters.', {
        type: 'idempotency_error',
      })
    const text = JSON.stringify(answerTo(double, request.method ?? '', pathname, encoded))
    if (typeof once === 'string') double.answers.set(once, { asked, status: 200, text })
    write(response, 200, text)
  } catch (thrown) {
    refuse(response, thrown)
  }
}

/** Time runs on from where it was moved to; what falls due happens when somebody looks. */
function keepTime({ account, aheadS }: Double): void {
  advance(account, Math.floor(Date.now() / 1000) + aheadS)
}

function answerTo({ account }: Double, method: string, path: string, encoded: string): object {
  for (const endpoint of ENDPOINTS) {
    const id = endpoint.method === method ? idIn(endpoint.path, path) : null
    if (id === null) continue
    const parameters = new Parameters(encoded, endpoint.known)
    return expanded(
      account,
      endpoint.answer({ account, id, parameters }),
      parameters.list('expand'),
    )
  }
  throw new Refused(`Unrecognized request URL (${method}: ${path}).`, { status: 404 })
}

/** What the path has in the place of `:id`; empty where there is no such place, null where it is another path. */
function idIn(pattern: string, path: string): string | null {
  const wanted = pattern.split('/')
  const steps = path.split('/')
  if (wanted.length !== steps.length) return null
  const differs = wanted.some((step, at) => step !== ':id' && step !== steps[at])
  return differs ? null : (steps[wanted.indexOf(':id')] ?? '')
}

async function control(
  double: Double,
  path: string,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const name = path.slice(CONTROL.length)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  try {
    if (command === undefined) throw new Refused(`No such command: ${name}`, { status: 404 })
    const said = (body === '' ? {} : JSON.parse(body)) as Said
    write(response, 200, JSON.stringify(await command(double, said)))
  } catch (thrown) {
    refuse(response, thrown)
  }
}

function refuse(response: ServerResponse, thrown: unknown): void {
  if (!(thrown instanceof Refused)) {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    return write(response, 500, JSON.stringify({ error: { type: 'api_error', message } }))
  }
  const { message, status, type, code, param } = thrown
  const error = {
    type,
    message,
    ...(code !== null && { code }),
    ...(param !== null && { param }),
  }
  write(response, status, JSON.stringify({ error }))
}

function write(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': 'req_double' })
  response.end(text)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
