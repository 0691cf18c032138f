import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { freePort } from '../../scripts/dev/port.ts'
import {
  allGone,
  descendants,
  eventually,
  interrupt,
  npm,
  ranNpm,
  ROOT,
  start,
  temporaryFolder,
  type Command,
} from './processes.ts'

const READY = 'Ctrl-C stops everything.'
const DEMO = join(ROOT, 'scripts/demo.json')
const state = temporaryFolder()
let port = 0
let url = ''
let key = ''
let dev: Command

beforeAll(async () => {
  port = await freePort()
  url = `http://127.0.0.1:${port}`
  await startDev()
})
afterAll(async () => {
  await interrupt(dev)
  state.remove()
})

describe('npm run dev', () => {
  it('says where it is and with which key', async () => {
    expect(dev.printed()).toContain(url)
    expect(await get('/v1/me')).toMatchObject({
      kind: 'key',
      environment: 'sandbox',
      scopes: ['read', 'usage', 'manage'],
    })
  })

  it('serves the page at /, with the key in it', async () => {
    const page = await (await fetch(url)).text()
    expect(page).toContain(`content="${key}"`)
  })

  it('prints curl lines that do what they say, pasted once and twice', () => {
    const lines = dev.printed().split('\n')
    const story = lines.filter((line) => /^(URL=|KEY=|echo|curl)/.test(line)).join('\n')
    for (let pasted = 1; pasted <= 2; pasted++) {
      const { stdout } = spawnSync('bash', ['-c', story], { encoding: 'utf8' })
      expect(answersIn(stdout)).toMatchObject([
        { hasAccess: false, reason: 'not_in_plan', hint: expect.stringContaining('enterprise') },
        { id: 'acme', name: 'Acme' },
        { planId: 'starter', status: 'active' },
        { consumed: true, quantity: 3, entitlement: { used: 3 } },
        { consumed: false, entitlement: { used: 3 } },
        { featureId: 'api-calls', reason: 'proof of concept' },
        { hasAccess: true, reason: 'within_limit', limit: 5000, overridden: true },
        { customerId: 'acme', data: expect.any(Array) },
        { featureId: 'api-calls', propagation: 'done' },
      ])
    }
  })

  it('refuses a second start on the same folder, naming the first', async () => {
    const elsewhere = String(await freePort())
    const options = ['--port', elsewhere, '--persist-to', state.path]
    const second = await ranNpm(['dev', '--', ...options])
    expect(second.code).toBe(1)
    const named = Number(/process (\d+) serves it at/.exec(second.printed)?.[1])
    expect(descendants(dev.pid).map(({ pid }) => pid)).toContain(named)
    expect(second.printed).toContain(url)
  })

  it('starts a dead workerd again, with everything that it was told', async () => {
    await request('PUT', '/v1/customers/remembered', { name: 'Before' })
    for (const { pid, command } of descendants(dev.pid))
      if (command.includes('workerd serve')) process.kill(pid, 'SIGKILL')
    const customer = await eventually(() => get('/v1/customers/remembered'))
    expect(customer).toMatchObject({ name: 'Before' })
  })
})

describe('the middleware without a package', () => {
  it('is twelve lines that let through what is granted, and say why not', async () => {
    const [, code = ''] =
      /```js\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/middleware.md'), 'utf8')) ?? []
    expect(code.trim().split('\n').length).toBe(12)
    const { default: middleware } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
    const env = { SLUICE_URL: url, SLUICE_KEY: key, APP: { fetch: () => new Response('served') } }
    const asks = async (customerId: string): Promise<Response> =>
      middleware.fetch(new Request(url, { headers: { 'X-Customer-Id': customerId } }), env)

    expect(await (await asks('pro-co')).text()).toBe('served')
    const refused = await asks('full-co')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({ reason: 'limit_reached' })
  })
})

describe('npm run seed', () => {
  it('changes nothing when it loads what is there', async () => {
    const before = await everything()
    const { code, printed } = await ranNpm([
      'seed',
      '--',
      '--file',
      DEMO,
      '--url',
      url,
      '--key',
      key,
    ])
    expect(printed).toContain('Loaded')
    expect(code).toBe(0)
    expect(await everything()).toEqual(before)
  })

  it.each([
    ['trial-co', 'advanced-analytics', 'enabled'],
    ['trial-over-co', 'advanced-analytics', 'subscription_ended'],
    ['grace-co', 'advanced-analytics', 'enabled'],
    ['grace-over-co', 'advanced-analytics', 'grace_ended'],
    ['downgrade-co', 'advanced-analytics', 'enabled'],
    ['leaving-co', 'advanced-analytics', 'enabled'],
    ['canceled-co', 'basic-dashboard', 'subscription_ended'],
    ['refunded-co', 'basic-dashboard', 'subscription_ended'],
    ['override-co', 'sso', 'enabled'],
    ['vip-co', 'advanced-analytics', 'enabled'],
    ['stack-co', 'white-label', 'enabled'],
    ['full-co', 'api-calls', 'limit_reached'],
    ['boston-co', 'ai-tokens', 'over_soft_limit'],
    ['berlin-co', 'gdpr-tools', 'enabled'],
    ['globex', 'sso', 'enabled'],
    ['visitor-co', 'basic-dashboard', 'no_subscription'],
  ])('has made %s such that %s is %s', async (customerId, featureId, reason) => {
    const access = await get(`/v1/access?customerId=${customerId}&featureId=${featureId}`)
    expect(access).toMatchObject({ reason })
  })
})

describe('npm run keys', () => {
  it('makes a key with the asked scopes, known to the running server', async () => {
    const options = ['--env', 'local', '--name', "O'Brien's", '--scopes', 'read']
    const create = ['create', ...options, '--persist-to', state.path]
    const { code, printed } = await ranNpm(['keys', '--', ...create])
    expect(code).toBe(0)
    const made = /sluice_sk_sandbox_\w{38}$/m.exec(printed)?.[0] ?? ''
    expect(await request('GET', '/v1/me', null, made)).toMatchObject({ scopes: ['read'] })
  })
})

describe('npm run dev ends', () => {
  it('when npm is told to, leaving no process; the folder keeps its key and its data', async () => {
    const all = descendants(dev.pid)
    expect(all.filter(({ command }) => command.includes('workerd serve'))).not.toEqual([])
    process.kill(dev.pid, 'SIGTERM')
    await dev.over
    await allGone(all)

    const keyBefore = key
    await startDev()
    expect(key).toBe(keyBefore)
    expect(dev.printed()).not.toContain('demo data')
  })

  it('when it is killed outright, leaving no process, and a lock that the next start takes over', async () => {
    const all = descendants(dev.pid)
    const script = all.findLast(({ command }) => /^\S*node \S*scripts\/dev\.mjs/.test(command))
    process.kill(script?.pid ?? 0, 'SIGKILL')
    await dev.over
    await allGone(all)

    const given = makeSecretKey(
      'sandbox',
      crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES)),
    )
    await startDev({ SLUICE_DEV_KEY: given })
    expect(key).toBe(given)
    expect(await get('/v1/me')).toMatchObject({ kind: 'key' })
  })

  it('when its terminal closes, leaving no process; plain wrangler dev serves what it leaves', async () => {
    const all = descendants(dev.pid)
    process.kill(-dev.pid, 'SIGHUP')
    await dev.over
    await allGone(all)

    const options = ['--port', String(port), '--persist-to', state.path]
    dev = start('npx', ['wrangler', 'dev', ...options], { WRANGLER_SEND_METRICS: 'false' })
    const question = '/v1/access?customerId=pro-co&featureId=advanced-analytics'
    expect(await eventually(() => get(question))).toMatchObject({ hasAccess: true })
  })
})

async function startDev(env?: NodeJS.ProcessEnv): Promise<void> {
  dev = npm(['dev', '--', '--port', String(port), '--persist-to', state.path], env)
  await dev.says(READY)
  key = /sluice_sk_sandbox_\w+/.exec(dev.printed())?.[0] ?? ''
}

/** What a second loading must leave as it is: revisions count every change. */
async function everything(): Promise<unknown> {
  return Promise.all([
    get('/v1/catalogue'),
    get('/v1/customers?pageSize=100'),
    get('/v1/subscriptions?pageSize=100'),
    get('/v1/customers/override-co/overrides'),
    get('/v1/customers/boston-co/entitlements?fresh=true').then(readings),
  ])
}

function readings(answer: unknown): unknown {
  const { data } = answer as { readonly data: readonly { readonly used?: number }[] }
  return data.map(({ used }) => used)
}

function answersIn(output: string): readonly unknown[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line): unknown => JSON.parse(line))
}

async function get(path: string): Promise<unknown> {
  return request('GET', path)
}

async function request(
  method: string,
  path: string,
  body: object | null = null,
  credential = key,
): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' },
    ...(body !== null && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}
