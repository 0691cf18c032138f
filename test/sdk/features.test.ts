/** The command that writes a catalogue's features as TypeScript, and what the compiler makes of what it writes. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { json, problem, serving } from './serving.ts'

const ROOT = join(import.meta.dirname, '../..')
const SEED = join(ROOT, 'scripts/demo.json')
const folder = mkdtempSync(join(tmpdir(), 'sluice-features-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of ours with Node, with nothing of this process's surroundings but what is given. */
function run(program: string, args: readonly string[], env = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

const command = (args: readonly string[], env = {}) => run(join(ROOT, 'sdk/command.ts'), args, env)
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('npx @sluice/sdk features', () => {
  it('writes what compiles, and lets no wrong id compile', async () => {
    const { code, stdout } = await command(['features', '--file', SEED])
    expect(code).toBe(0)
    file('sluice-features.ts', stdout)
    file('application.ts', APPLICATION)
    file('tsconfig.json', JSON.stringify(TSCONFIG))
    const compiled = await run(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', folder])
    const wrong = APPLICATION.split('\n').flatMap((line, at) =>
      line.endsWith('// wrong') ? [at + 1] : [],
    )
    const errors = [...compiled.stdout.matchAll(/^(\S+\.ts)\((\d+),/gm)]
    expect(errors.map(([, where, line]) => [where, Number(line)])).toEqual(
      wrong.map((line) => ['application.ts', line]),
    )
  })

  it('asks a service with the key it is given, and writes where it is told', async () => {
    const catalogue = {
      features: [
        { id: 'b', type: 'meter', name: 'B' },
        { id: 'a', type: 'boolean', archivedAt: '2026-01-01T00:00:00.000Z' },
      ],
    }
    const { url, received } = await serving((response) => json(response, catalogue))
    const out = join(folder, 'out.ts')
    const env = { SLUICE_URL: url, SLUICE_KEY: 'a key' }
    expect(await command(['features', '--out', out], env)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(received).toMatchObject([
      { path: '/v1/catalogue', headers: { authorization: 'Bearer a key' } },
    ])
    expect(readFileSync(out, 'utf8')).toContain(
      "= {\n  /** @deprecated Archived. */\n  'a': { type: 'boolean' },\n  /** B */\n  'b': { type: 'meter' },\n}",
    )
    expect(await command(['features', '--check', out], env)).toMatchObject({ code: 0 })
    expect(await command(['features', '--check', out, '--file', SEED])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('write it again'),
    })
  })

  it('lets nothing but ids become source', async () => {
    const named = { id: 'a', type: 'meter', name: '*/ process.exit() /*\nnext' }
    const { stdout } = await command([
      'features',
      '--file',
      file('named.json', JSON.stringify({ features: [named] })),
    ])
    expect(stdout).toContain('/** * / process.exit() /* next */')
    for (const strange of [
      { id: "'}; process.exit() //", type: 'meter' },
      { id: 'a', type: "'" },
    ]) {
      const from = file('strange.json', JSON.stringify({ features: [strange] }))
      const ended = await command(['features', '--file', from])
      expect(ended).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('is no feature'),
      })
    }
  })

  it.each([
    ['no command', [], 2, 'npx @sluice/sdk features'],
    ['another command', ['plans'], 2, 'npx @sluice/sdk features'],
    ['an unknown option', ['features', '--nope'], 1, '--nope'],
    ['no place', ['features'], 1, 'SLUICE_URL'],
    ['a file that is none', ['features', '--file', 'gone.json'], 1, 'gone.json'],
    [
      'a file without a catalogue',
      ['features', '--file', join(ROOT, 'package.json')],
      1,
      'has no catalogue',
    ],
  ])('with %s says what it needs', async (_, args, code, said) => {
    expect(await command(args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(said),
    })
  })

  it('says what the service says', async () => {
    const { url } = await serving((response) => problem(response, 401, 'credential_invalid'))
    const ended = await command(['features', '--url', url, '--key', 'wrong'])
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: 'It is credential_invalid.\n' })
  })
})

/** A line that ends in `// wrong` must not compile. */
const APPLICATION = `
  import { Sluice } from '${ROOT}/sdk/index.ts'
  import { type FeatureId, features, type MeterId } from './sluice-features.ts'

  const sluice = new Sluice<FeatureId>({
    url: 'https://sluice.example',
    key: 'a key',
    fallback: {
      'basic-dashboard': true,
      'basic-dashbord': true, // wrong
      '*': 'last_known',
    },
  })
  export const meter: MeterId = 'api-calls'
  export const noMeter: MeterId = 'sso' // wrong
  export const type: 'boolean' = features['sso'].type

  export async function use(customerId: string): Promise<boolean> {
    await sluice.consume({ customerId, featureId: meter })
    await sluice.consume({ customerId, featureId: 'api-call' }) // wrong
    await sluice.check({ customerId, featureId: 'sso' }, { fresh: true })
    return sluice.hasAccess({ customerId, featureId: 'ssso' }) // wrong
  }
`

const TSCONFIG = {
  extends: join(ROOT, 'sdk/tsconfig.json'),
  compilerOptions: { types: [] },
  include: ['*.ts'],
}
