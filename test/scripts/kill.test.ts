/** `kill -9` in the middle of consuming, on a disk that outlives it. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { portHolder } from './port-holder.ts'
import { freePort } from '../../scripts/dev/port.ts'
import {
  descendants,
  eventually,
  interrupt,
  npm,
  start,
  temporaryFolder,
  type Command,
} from './processes.ts'

const CUSTOMER = 'killed-co'
const FEATURE = 'api-calls'
const ROUNDS = 2
/** How many answers a round waits for before it kills. */
const ACKED_BEFORE = 100
const CONSUMER = join(import.meta.dirname, 'consumer.ts')

const state = temporaryFolder()
let port = 0
let url = ''
let credential = ''
let dev: Command

beforeAll(async () => {
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  dev = npm(['dev', '--', '--port', String(port), '--persist-to', state.path])
  await dev.says('Ctrl-C stops everything.')
  credential = /sluice_sk_sandbox_\w+/.exec(dev.printed())?.[0] ?? ''
  await request('PUT', `/v1/customers/${CUSTOMER}`, {})
  const subscription = { planId: 'pro', chargePeriod: 'monthly' }
  await request('POST', `/v1/customers/${CUSTOMER}/subscriptions`, subscription)
})
afterAll(async () => {
  await interrupt(dev)
  state.remove()
})

describe('promises 2 and 3 under kill -9', () => {
  it('no acknowledged unit is lost, and no retried key counts twice', async () => {
    let counted = 0
    for (let round = 1; round <= ROUNDS; round++) {
      const told = [url, credential, CUSTOMER, FEATURE, String(round)]
      const consumer = start(process.execPath, [CONSUMER, ...told])
      await eventually(async () =>
        expect(keys(consumer, 'acked').length).toBeGreaterThan(ACKED_BEFORE),
      )

      const killed = killServer()
      await consumer.over
      const [acked, unknown] = [keys(consumer, 'acked'), keys(consumer, 'unknown')]
      expect(unknown, 'requests were in flight when it was killed').not.toEqual([])

      const used = await eventually(usedNow)
      expect(portHolder(port), 'another process serves now').not.toBe(killed)
      expect(used).toBeGreaterThanOrEqual(counted + acked.length)
      expect(used).toBeLessThanOrEqual(counted + acked.length + unknown.length)

      for (const key of unknown) expect(await consume(key)).toMatchObject({ consumed: true })
      counted += acked.length + unknown.length
      expect(await usedNow()).toBe(counted)
      for (const key of [acked[0] ?? '', ...unknown]) await consume(key)
      expect(await usedNow(), 'sent once more, counted once').toBe(counted)
    }
  })
})

/** Kills what serves, the holder of the port among it, and says which process that was. */
function killServer(): number {
  const holder = portHolder(port)
  const servers = descendants(dev.pid).filter(({ command }) => command.includes('workerd serve'))
  expect(servers.map(({ pid }) => pid)).toContain(holder)
  for (const { pid } of servers) process.kill(pid, 'SIGKILL')
  return holder
}

function keys(consumer: Command, learned: 'acked' | 'unknown'): readonly string[] {
  const lines = consumer.printed().split('\n')
  return lines.flatMap((line) =>
    line.startsWith(`${learned} `) ? [line.slice(learned.length + 1)] : [],
  )
}

async function usedNow(): Promise<number> {
  const { data } = (await request(
    'GET',
    `/v1/customers/${CUSTOMER}/entitlements?featureId=${FEATURE}&fresh=true`,
  )) as { readonly data: readonly { readonly used: number }[] }
  return data[0]?.used ?? -1
}

function consume(key: string): Promise<unknown> {
  return request('POST', '/v1/consume', { customerId: CUSTOMER, featureId: FEATURE }, key)
}

async function request(
  method: string,
  path: string,
  body: object | null = null,
  key: string | null = null,
): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Bearer ${credential}`,
      'Content-Type': 'application/json',
      ...(key !== null && { 'Idempotency-Key': key }),
    },
    ...(body !== null && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}
