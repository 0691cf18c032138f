/** The lines that the client's pages show run as they stand, and compile. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { KEY, ORIGIN, unique } from '../support/service.ts'
import { access, customerOn } from './customers.ts'

const ROOT = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'sluice-sdk-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a page shows in one language, with the client of this tree and a customer of our own. */
function shown(page: string, language: string, customerId: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)]
    .filter(([, each]) => each === language)
    .map(([, , lines = '']) =>
      lines
        .replaceAll(
          /'@sluice\/sdk(?:\/(\w+))?'/g,
          (_, entry) => `'${ROOT}/sdk/${entry ?? 'index'}.ts'`,
        )
        .replaceAll('starter-co', customerId)
        .replaceAll("'acme'", `'${unique('acme')}'`),
    )
}

const env = { ...process.env, SLUICE_URL: ORIGIN, SLUICE_KEY: KEY }

async function ran(lines: string, name: string): Promise<readonly string[]> {
  const file = join(folder, name)
  writeFileSync(file, lines)
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env })
  return stdout.trim().split('\n')
}

describe('the page of the client', () => {
  it('shows lines that run as they stand', async () => {
    const { customerId } = await customerOn('starter')
    const fences = shown('docs/sdk.md', 'ts', customerId)
    const said = await Promise.all(fences.map((lines, at) => ran(lines, `page-${at}.ts`)))
    const [counted, fallen, browser, managed = []] = said
    expect([counted, fallen, browser]).toEqual([['true 999'], ['false service'], ['true']])
    expect(managed.slice(0, 2)).toEqual([expect.stringMatching(/^http.*\/checkout\//), '5000'])
    expect(managed.length).toBeGreaterThan(2)
    expect((await access(customerId, 'api-calls')).used).toBe(1)
  })

  it('that npm shows does, too', async () => {
    const { customerId } = await customerOn('starter')
    const fences = shown('sdk/README.md', 'ts', customerId)
    expect(await Promise.all(fences.map((lines, at) => ran(lines, `npm-${at}.ts`)))).toEqual([
      ['true 999'],
    ])
  })

  it('of local evaluation does, and that of testing, which needs no service', async () => {
    const { customerId } = await customerOn('starter')
    const fences = ['docs/local-evaluation.md', 'docs/testing.md'].flatMap((page) =>
      shown(page, 'ts', customerId),
    )
    expect(await Promise.all(fences.map((lines, at) => ran(lines, `local-${at}.ts`)))).toEqual([
      ['true', 'local 1000'],
      ['true', 'false', 'false'],
      ['false', 'true', 'grace_ended'],
    ])
  })

  it('shows lines that compile', async () => {
    const pages = ['docs/sdk.md', 'sdk/README.md', 'docs/local-evaluation.md', 'docs/testing.md']
    for (const [at, lines] of pages.flatMap((page) => shown(page, 'ts', 'acme')).entries()) {
      writeFileSync(join(folder, `typed-${at}.ts`), lines)
    }
    const config = {
      extends: join(ROOT, 'sdk/tsconfig.json'),
      compilerOptions: { typeRoots: [join(ROOT, 'node_modules/@types')] },
      include: ['typed-*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const compiled = promisify(execFile)(process.execPath, [compiler, '-p', folder])
    expect(await compiled.catch(({ stdout }: { readonly stdout: string }) => stdout)).toEqual({
      stdout: '',
      stderr: '',
    })
  })

  it('shows a command that writes the catalogue of a running service', async () => {
    const [line = ''] = shown('docs/sdk.md', 'sh', '')
    const command = line.replace(
      'npx @sluice/sdk',
      `"${process.execPath}" "${ROOT}/sdk/command.ts"`,
    )
    await promisify(execFile)('sh', ['-c', command], { env, cwd: folder })
    const written = readFileSync(join(folder, 'sluice-features.ts'), 'utf8')
    expect(written).toContain("  'api-calls': { type: 'meter' },")
  })
})
