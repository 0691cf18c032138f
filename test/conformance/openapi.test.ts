import Ajv from 'ajv/dist/2020.js'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DOCUMENTED, openapi } from '../../scripts/openapi/document.ts'
import { OPERATIONS } from '../../scripts/openapi/operations.ts'
import { ROUTES } from '../../worker/routes.ts'
import { openBrowser } from '../support/browser.ts'
import { api, ORIGIN, send } from '../support/service.ts'

const ROOT = join(import.meta.dirname, '../..')
const FILE = join(ROOT, 'public/openapi.json')
const text = readFileSync(FILE, 'utf8')
const document = JSON.parse(text)

describe('public/openapi.json', () => {
  it('is what the route table says: run `npm run openapi` after a change of it', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(text).toBe(`${JSON.stringify(await openapi(version), null, 2)}\n`)
  })

  it('tells of every route but pages, and of nothing else', () => {
    const told = DOCUMENTED.map(({ operationId }) => operationId)
    expect(Object.keys(OPERATIONS).toSorted()).toEqual(told.toSorted())
    const untold = ROUTES.filter((row) => !DOCUMENTED.includes(row)).map(({ path }) => path)
    expect(untold.filter((path) => path.startsWith('/v1/'))).toEqual([])
  })

  it('has nothing that a linter of such documents minds', () => {
    const lint = ['lint', FILE, '--format=json']
    const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js')
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const said = execFileSync(process.execPath, [redocly, ...lint], { encoding: 'utf8', env })
    expect(JSON.parse(said.slice(said.indexOf('{'))).problems).toEqual([])
  })

  it.each([
    ['/access?customerId=pro-co&featureId=api-calls', 'getAccess'],
    ['/customers/pro-co/entitlements', 'listEntitlements'],
    ['/customers/pro-co/entitlements/sso?explain=true', 'getEntitlement'],
    ['/customers/pro-co/subscriptions', 'listCustomerSubscriptions'],
    ['/catalogue', 'getCatalogue'],
    ['/plans/pro/allowances', 'listPlanAllowances'],
    ['/events', 'listEvents'],
    ['/audit', 'listAudit'],
    ['/statistics', 'getStatistics'],
    ['/statistics?groupBy=featureId', 'getStatistics'],
    ['/pricing', 'getPricing'],
    ['/me', 'getMe'],
  ])('describes what %s answers', async (path, operationId) => {
    const { status, body } = await api.get(path)
    expect(status).toBe(200)
    expect(complaints(answerOf(operationId), body)).toEqual([])
  })

  it('describes what is wrong with a request', async () => {
    const { status, body } = await api.get('/access?customerId=pro-co')
    expect(status).toBe(400)
    expect(
      complaints('#/components/responses/Problem/content/application~1problem+json', body),
    ).toEqual([])
  })

  it('would notice an answer of another shape', async () => {
    const { body } = await api.get('/access?customerId=pro-co&featureId=sso')
    expect(complaints(answerOf('getAccess'), { ...body, reason: 'because' })).not.toEqual([])
  })
})

describe('a deployment', () => {
  it('serves its description to any origin, and no key is needed', async () => {
    const { status, headers, body } = await send({ method: 'GET', path: '/openapi.json' })
    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toContain('application/json')
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(body).toEqual(document)
  })

  it('serves a page of it that draws every operation and loads nothing from elsewhere', async () => {
    const browser = await openBrowser()
    try {
      const page = await (await browser.newContext()).newPage()
      const asked: string[] = []
      const errors: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
      page.on('pageerror', (error) => errors.push(error.message))
      await page.goto(`${ORIGIN}/docs`)
      await page.locator('.opblock').first().waitFor()
      expect(await page.locator('.opblock').count()).toBe(DOCUMENTED.length)
      expect(asked.filter((each) => !each.startsWith(ORIGIN) && !each.startsWith('data:'))).toEqual(
        [],
      )
      expect(errors).toEqual([])
    } finally {
      await browser.close()
    }
  })
})

/** Where the document keeps the shape of an operation's answer. */
function answerOf(operationId: string): string {
  for (const [path, methods] of Object.entries<Record<string, { operationId: string }>>(
    document.paths,
  ))
    for (const [method, operation] of Object.entries(methods))
      if (operation.operationId === operationId) {
        const place = path.replaceAll('/', '~1')
        return `#/paths/${place}/${method}/responses/200/content/application~1json`
      }
  throw new Error(`No ${operationId}`)
}

/** What a validator of JSON Schema has against a value. */
function complaints(pointer: string, value: unknown): readonly unknown[] {
  // Formats are annotations in OpenAPI 3.1.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema(document, 'openapi')
  const validate = ajv.compile({ $ref: `openapi${encodeURI(pointer)}/schema` })
  return validate(value) ? [] : (validate.errors ?? [])
}
