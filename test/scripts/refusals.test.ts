import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeSecretKey, SECRET_RANDOM_BYTES } from '../../schema/keys.ts'
import { ranNpm, temporaryFolder } from './processes.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const random = () => crypto.getRandomValues(new Uint8Array(SECRET_RANDOM_BYTES))
const sandboxKey = makeSecretKey('sandbox', random())
const mistyped = sandboxKey.slice(0, -1) + (sandboxKey.endsWith('0') ? '1' : '0')

it('npm run keys says what makes a database where there is none', async () => {
  const args = ['keys', '--', 'create', '--env', 'local', '--name', 'early']
  const { code, printed } = await ranNpm([...args, '--persist-to', join(folder.path, 'none')])
  expect(code).toBe(1)
  expect(printed).toContain('Start `npm run dev` once')
  expect(printed).not.toMatch(/no such table|SQLITE/)
})

describe('npm run dev refuses', () => {
  it('a port that is taken, naming it', async () => {
    const other = createServer()
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const address = other.address()
    const taken = typeof address === 'object' && address !== null ? String(address.port) : ''
    const { code, printed } = await dev('--port', taken)
    other.close()
    expect(code).toBe(1)
    expect(printed).toContain(`Port ${taken} is taken`)
  })

  it.each([
    ['a malformed key', 'hunter2', 'SLUICE_DEV_KEY is malformed'],
    ['a mistyped key', mistyped, 'SLUICE_DEV_KEY is malformed'],
    ['a production key', makeSecretKey('production', random()), 'is a production key'],
  ])('%s, saying what one looks like and not the key', async (_, key, message) => {
    const { code, printed } = await ranNpm(['dev', '--', '--persist-to', folder.path], {
      SLUICE_DEV_KEY: key,
    })
    expect(code).toBe(1)
    expect(printed).toContain(message)
    expect(printed).not.toContain(key)
  })

  it.each([
    ['a port that is none', ['--port', '99999'], 'a port is a whole number'],
    ['an option that it does not know', ['--prot', '1'], "Unknown option '--prot'"],
  ])('%s, without a stack', async (_, args, message) => {
    const { code, printed } = await dev(...args)
    expect(code).toBe(1)
    expect(printed).toContain(message)
    expect(printed).not.toMatch(/\n\s+at /)
  })
})

describe('npm run seed refuses', () => {
  const seedFile = join(folder.path, 'seed.json')
  it.each([
    ['a file that is not there', 'absent.json', null, 'cannot be read'],
    ['what is not JSON', seedFile, '{', 'The seed file is not JSON'],
    ['what is no seed', seedFile, '{"customers": [{"name": "?"}]}', 'customers[0].id: expected'],
    ['to talk to nobody', seedFile, '{"customers": [{"id": "a"}]}', 'cannot be reached'],
  ])('%s', async (_, file, content, message) => {
    mkdirSync(folder.path, { recursive: true })
    if (content !== null) writeFileSync(file, content)
    const args = ['--file', file, '--url', 'http://127.0.0.1:9', '--key', sandboxKey]
    const { code, printed } = await ranNpm(['seed', '--', ...args])
    expect(code).toBe(1)
    expect(printed).toContain(message)
  })
})

describe('npm run keys refuses', () => {
  it.each([
    ['to guess the environment', ['create', '--name', 'CI'], 'npm run keys -- create'],
    [
      'an environment that does not exist',
      ['create', '--env', 'sandbx', '--name', 'CI'],
      '--env sandbx: known are local, sandbox, production.',
    ],
    [
      'a scope that does not exist',
      ['create', '--env', 'local', '--name', 'CI', '--scopes', 'read,write'],
      'known are read, usage, manage',
    ],
  ])('%s', async (_, args, message) => {
    const { code, printed } = await ranNpm(['keys', '--', ...args])
    expect(code).toBe(1)
    expect(printed).toContain(message)
  })
})

function dev(...args: readonly string[]) {
  return ranNpm(['dev', '--', '--persist-to', folder.path, ...args])
}
