/** What the service takes to answer what pages ask, request by request. */
import type { Client } from '../seed/client.ts'
import { INHERITED, PLATFORM, planOf } from './catalogue.ts'
import { idOf, METER } from './customers.ts'

/** One request, asked several times. */
export interface Asked {
  readonly what: string
  /** The first time, and the middle of those after it. */
  readonly firstMs: number
  readonly thenMs: number
  readonly bytes: number
}

const TIMES = 9
/** As much as a list of customers gives at once. */
const PAGE = 100

/** Asks for everything that pages ask for, of a service that holds this many customers. */
export async function askAll(service: Client, customers: number): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  for (const [what, path] of requests(customers)) asked.push(await timed(service, what, path))
  const [page, cursor] = await farDown(service, customers)
  asked.push(await timed(service, `customers: page ${page}`, `/customers?cursor=${cursor}`))
  asked.push(await timedEdit(service))
  return asked
}

type Request = readonly [what: string, path: string]

function requests(customers: number): readonly Request[] {
  const middle = idOf(Math.ceil(customers / 2))
  const popular = planOf('Atlas', 'Starter')
  const rare = planOf('Juniper', 'Enterprise EU')
  return [
    ['customers: first page', '/customers'],
    ['customers: a popular plan’s', `/customers?planId=${popular}`],
    ['customers: a rare plan’s', `/customers?planId=${rare}`],
    ...['trialing', 'past_due', 'paused', 'scheduled', 'ended'].map((status): Request => [
      `customers: ${status}`,
      `/customers?status=${status}`,
    ]),
    ['customers: a plan’s who are paused', `/customers?planId=${popular}&status=paused`],
    ['customers: over a limit', '/customers?overLimit=true'],
    ['customers: overridden', '/customers?overridden=true'],
    ['customers: over a limit and overridden', '/customers?overLimit=true&overridden=true'],
    ['customers: named “northwind…”', '/customers?q=northwind'],
    ['customers: named “n…”', '/customers?q=n'],
    ['customers: named “株…”', `/customers?q=${encodeURIComponent('株')}`],
    ['customers: with the id', `/customers?q=${middle}`],
    ['customers: with the address', `/customers?q=billing@${middle}`],
    ['customers: named as nobody is', '/customers?q=zzzzzz'],
    ['customers: named “n…”, over a limit', '/customers?q=n&overLimit=true'],
    ['what needs a look', '/overview'],
    ['the catalogue', '/catalogue'],
    ['a plan with all that it inherits', `/plans/${rare}/allowances`],
    ['everything that a customer has', `/customers/${middle}/entitlements`],
    ['why a customer has it', `/customers/${middle}/entitlements/${METER}`],
    ['a check', `/access?customerId=${middle}&featureId=${METER}`],
    ['the log of changes', '/audit'],
    ['events', '/events'],
  ]
}

async function timed(service: Client, what: string, path: string): Promise<Asked> {
  const once = async () => {
    const startedAt = performance.now()
    const { body } = await service.send('GET', path)
    return { ms: performance.now() - startedAt, body }
  }
  const { ms, body } = await once()
  const later: number[] = []
  for (let time = 1; time < TIMES; time++) later.push((await once()).ms)
  const bytes = Buffer.byteLength(JSON.stringify(body))
  return { what, firstMs: ms, thenMs: middleOf(later), bytes }
}

/** Turns pages until the middle of the list; returns the number of the next and its cursor. */
async function farDown(service: Client, customers: number): Promise<readonly [number, string]> {
  let cursor = ''
  const last = Math.max(1, Math.floor(customers / 2 / PAGE))
  for (let page = 1; page <= last; page++) {
    const from = cursor === '' ? '' : `&cursor=${cursor}`
    const { body } = await service.send('GET', `/customers?pageSize=${PAGE}${from}`)
    cursor = String(body['nextCursor'])
  }
  return [last + 1, cursor]
}

/** Tries an edit of the plan that fifty others inherit from, of a feature that none of them overrides. */
async function timedEdit(service: Client): Promise<Asked> {
  const edit = { allowances: { [INHERITED]: { limit: 1 } } }
  const startedAt = performance.now()
  const { body } = await service.send('PATCH', `/plans/${PLATFORM}?dryRun=true`, edit)
  const ms = performance.now() - startedAt
  const bytes = Buffer.byteLength(JSON.stringify(body))
  return { what: 'trying an edit that reaches fifty plans', firstMs: ms, thenMs: ms, bytes }
}

function middleOf(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
}
