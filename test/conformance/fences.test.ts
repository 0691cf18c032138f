/** What README.md and the pages of docs/ show to be copied, run as it stands. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fence, fencesOf } from '../support/fences.ts'
import { api, askWorker, KEY, ORIGIN, unique } from '../support/service.ts'
import { access, bodyOf, customerOn, newCustomer } from './customers.ts'

const ROOT = join(import.meta.dirname, '../..')
const RUNNABLE = /^(js|ts|tsx|sh)$/

/** What surrounds a fence, where it is a part of something; and what it then prints. */
interface Shown {
  readonly before?: string
  readonly after?: string
  readonly prints: RegExp
}

/** By page, each fence that can be run, in its order; null: another test runs it, or its page says why none does. */
const SHOWN: Readonly<Record<string, readonly (Shown | null)[]>> = {
  'README.md': [
    null,
    { prints: /"hasAccess":false,"reason":"not_in_plan"/ },
    { prints: /"consumed":true,"quantity":3/ },
    { prints: /^\d+$/ },
    { prints: /^true$/ },
    { prints: /^true$/ },
    null,
    { prints: /"url":"http[^"]+\/checkout\// },
  ],
  'docs/browser.md': [
    { prints: /"token":"ey[^"]+","expiresAt":"2/ },
    { after: 'console.log((await answerToken(customerId)).status)', prints: /^201$/ },
    { after: 'console.log(hasAccess)', prints: /^false$/ },
    { prints: /"origins":\["https:\/\/app\.example\.com"\]/ },
  ],
  'docs/live.md': [
    {
      after: `socket.addEventListener('message', () => socket.close())`,
      prints: /complete: true/,
    },
    {
      before: `let heard; const first = new Promise((resolve) => { heard = resolve })
        function render(data, version) { console.log(data.length > 10, version > 0); heard() }`,
      after: `await first; leave(); source.close()`,
      prints: /^true true$/,
    },
  ],
  'docs/openfeature.md': [
    { prints: /^true$/ },
    {
      after: `await OpenFeature.close()
        console.log((await sluice.check({ customerId, featureId: 'api-calls' })).used)`,
      prints: /^3$/,
    },
    null,
    {
      before: `import { OpenFeature } from '@openfeature/server-sdk'
        import { OFREPProvider } from '@openfeature/ofrep-provider'
        const headers = [['Authorization', 'Bearer ' + key]]
        await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url, headers }))
        const client = OpenFeature.getClient(), targetingKey = 'full-co', show = console.log`,
      prints: /^1000 of 1000 used until 2/,
    },
  ],
  'docs/rpc.md': [null],
  'docs/middleware.md': [null, null, null],
  'docs/dashboard.md': [null, null, { prints: /"changes":\[\]/ }],
}

/** Pages whose fences other tests run or compile. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'docs/kelviq.md': 'test/conformance/kelviq-sdk.test.ts',
  'docs/local-evaluation.md': 'test/conformance/sdk-page.test.ts',
  'docs/react.md': 'test/sdk/package.test.ts',
  'docs/sdk.md': 'test/conformance/sdk-page.test.ts',
  'docs/testing.md': 'test/conformance/sdk-page.test.ts',
}

let said: (text: string) => string
/** What a fence that is a part of something finds there. */
let known: Readonly<Record<string, string>>
let origins: object

beforeAll(async () => {
  const [starter, pro] = await Promise.all([customerOn('starter'), customerOn('pro')])
  const { token } = await bodyOf(api.post(`/customers/${starter.customerId}/tokens`, {}))
  known = { url: ORIGIN, key: KEY, token, customerId: starter.customerId }
  const own: Readonly<Record<string, string>> = {
    'starter-co': starter.customerId,
    'pro-co': pro.customerId,
    'globe-co': unique('globe'),
    '/acme/': `/${starter.customerId}/`,
    'https://sluice.example': ORIGIN,
    'wss://sluice.example': ORIGIN.replace('http', 'ws'),
  }
  // Customers of our own, since others share those of the demo; and where this service is.
  said = (text) => Object.entries(own).reduce((so, [from, to]) => so.replaceAll(from, to), text)
  origins = { origins: (await bodyOf(api.get('/settings/origins'))).origins }
})
afterAll(() => bodyOf(api.put('/settings/origins', origins)))

const runnable = (page: string) => fencesOf(page).filter(({ language }) => RUNNABLE.test(language))

describe.each(Object.entries(SHOWN))('%s', (page, rows) => {
  const fences = runnable(page)

  it('shows nothing that no test knows of', () => {
    expect(fences.length).toBe(rows.length)
  })

  it.each(
    fences.flatMap((fence, at) => (rows[at] ? [[first(fence), fence, rows[at]] as const] : [])),
  )('%s', async (_, fence, row) => {
    expect(await printed(fence, row)).toMatch(row.prints)
  })
})

it('what is not run says so, and names what runs it or why nothing does', () => {
  const without = Object.entries(SHOWN).flatMap(([page, rows]) =>
    runnable(page).flatMap(({ note, language }, at) =>
      rows[at] ? [] : [`${page} ${language}: ${note}`],
    ),
  )
  expect(without).toEqual([
    'README.md sh: Not run: it has no address yet. A test runs the second command.',
    'README.md js: Run as a Worker.',
    'docs/openfeature.md js: A test runs this block as it stands.',
    'docs/rpc.md ts: Run as a Worker.',
    'docs/middleware.md ts: Compiled by a test.',
    'docs/middleware.md ts: Compiled by a test.',
    'docs/middleware.md js: Run by test/scripts/dev.test.ts.',
    'docs/dashboard.md sh: Not run: it needs a deployment.',
    'docs/dashboard.md sh: Not run: it needs a deployment.',
  ])
})

it.each(Object.entries(ELSEWHERE))('what %s shows is held by %s', (page, test) => {
  expect(runnable(page).length).toBeGreaterThan(0)
  const [, name = ''] = /^docs\/(.*)\.md$/.exec(page) ?? []
  expect(readFileSync(join(ROOT, test), 'utf8')).toMatch(new RegExp(`docs/${name}\\.md|'${name}'`))
})

describe('the Worker', () => {
  it('of README.md asks over its binding', async () => {
    const answer = await askWorker('shown-by-readme', '/', { method: 'GET', headers: {} })
    expect(answer).toMatchObject({ status: 200, body: { customerId: 'pro-co', hasAccess: true } })
  })

  it('of docs/rpc.md counts over its binding, and is told where it may not', async () => {
    const { customerId } = await customerOn('starter')
    const by = (id: string) =>
      askWorker('shown-by-rpc', '/', { method: 'POST', headers: { 'X-Customer-Id': id } })
    expect(await by(customerId)).toEqual({ status: 200, body: 'Done.' })
    expect((await access(customerId, 'api-calls')).used).toBe(1)
    expect(await by(await newCustomer())).toEqual({
      status: 403,
      body: { reason: 'no_subscription' },
    })
  })
})

function first({ code }: Fence): string {
  return code.split('\n').find((line) => line !== '') ?? ''
}

/** What a fence prints, run in the repository's root, where the packages are that it names. */
async function printed({ language, code }: Fence, { before = '', after = '' }: Shown) {
  const env = { ...process.env, URL: ORIGIN, KEY, SLUICE_URL: ORIGIN, SLUICE_KEY: KEY }
  const program = [before, said(code), after].join('\n')
  const run = promisify(execFile)
  if (language === 'sh') {
    const { stdout } = await run('bash', ['-c', program.replaceAll('curl ', 'curl -sS ')], { env })
    return stdout.trim()
  }
  const given = Object.entries(known).map(([name, value]) => `globalThis.${name} = '${value}'`)
  given.push('globalThis.fetchToken = () => token')
  const type = language === 'js' ? 'module' : 'module-typescript'
  const around = `data:text/javascript,${encodeURIComponent(given.join('\n'))}`
  const args = [`--input-type=${type}`, '--import', around, '-e', program]
  const { stdout } = await run(process.execPath, args, { env, cwd: ROOT })
  return stdout.trim()
}
