import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { BILLER_DATA, billerEvent, PAYMENT_OUTCOMES } from '../../schema/wire/payment.ts'
import { BILLER_SECRET } from '../support/biller.ts'
import { read } from '../tidy/repository.ts'

const PAGE = read('docs/payments.md')
const types = Object.keys(BILLER_DATA)

const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, code = '']) => code,
  )

/** The words that begin the rows of the tables. */
const words = [...PAGE.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word),
)

it('names every type of event and every outcome, and no other', () => {
  const known = [...types, ...PAYMENT_OUTCOMES, 'ignored', 'type', 'outcome']
  expect(words.toSorted()).toEqual(known.toSorted())
})

it('shows events that are taken as they stand', () => {
  const examples = blocks('json').map((code) => billerEvent.parse(JSON.parse(code)))
  expect(examples.length).toBeGreaterThan(2)
  for (const { type, data } of examples) {
    const schema = new Map(Object.entries(BILLER_DATA)).get(type)
    expect(schema?.safeParse(data).error, type).toBeUndefined()
  }
})

it('shows how to sign, so that it is believed', async () => {
  const heard: unknown[] = []
  const webhook = new Webhook(BILLER_SECRET)
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push(webhook.verify(body, request.headers as Record<string, string>))
      response.setHeader('Content-Type', 'application/json').end('{"outcome":"applied"}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const folder = mkdtempSync(join(tmpdir(), 'sluice-payments-'))
  try {
    const { port } = server.address() as AddressInfo
    const [example = '{}'] = blocks('json')
    const call = `tell('http://127.0.0.1:${port}', '${BILLER_SECRET}', ${example})`
    const file = join(folder, 'biller.ts')
    writeFileSync(file, `${blocks('ts')[0]}\nconsole.log((await ${call}).outcome)\n`)
    const { stdout } = await promisify(execFile)(process.execPath, [file])
    expect(stdout.trim()).toBe('applied')
    expect(heard).toEqual([JSON.parse(example)])
  } finally {
    rmSync(folder, { recursive: true })
    await new Promise((done) => server.close(done))
  }
})
